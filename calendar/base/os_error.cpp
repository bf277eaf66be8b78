#include "calendar/base/os_error.h"

#include <system_error>

namespace calendar::base {

std::string os_error_text(int error) {
    return std::generic_category().message(error);
}

void throw_os_error(const std::string& what, int error) {
    throw std::system_error(error, std::generic_category(), what);
}

}  // namespace calendar::base
