#include "milter/authentication/alignment.h"

#include <libpsl.h>

namespace milter::authentication {

std::string organizational_domain(std::string_view domain) {
    const std::string text(domain);
    const char* registrable = psl_registrable_domain(psl_builtin(), text.c_str());
    return registrable == nullptr ? text : registrable;
}

bool aligned(std::string_view signer, std::string_view domain, policy::config::Alignment mode) {
    if (signer.empty() || domain.empty()) return false;
    if (signer == domain) return true;
    switch (mode) {
        case policy::config::Alignment::strict:
            return false;
        case policy::config::Alignment::relaxed:
            return organizational_domain(signer) == organizational_domain(domain);
    }
    return false;
}

}  // namespace milter::authentication
