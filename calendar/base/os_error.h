#pragma once

#include <cerrno>
#include <string>

namespace calendar::base {

/// What the operating system says of an error number: "No space left on device".
std::string os_error_text(int error = errno);

/// Throws std::system_error; its text is "WHAT: No space left on device".
[[noreturn]] void throw_os_error(const std::string& what, int error = errno);

}  // namespace calendar::base
