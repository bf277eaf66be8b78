#include "calendar/itip/read/organizational_domain.h"

#include <libpsl.h>

namespace calendar::itip {

std::string organizational_domain(std::string_view domain) {
    const std::string text(domain);
    const char* registrable = psl_registrable_domain(psl_builtin(), text.c_str());
    return registrable == nullptr ? text : registrable;
}

}  // namespace calendar::itip
