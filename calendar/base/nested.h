#pragma once

#include <exception>
#include <string>

namespace calendar::base {

/// An exception and what it was thrown for, outermost first: "backend 'dav' cannot be used: /etc/…: No such file or
/// directory".
std::string nested_text(const std::exception& error);

}  // namespace calendar::base
