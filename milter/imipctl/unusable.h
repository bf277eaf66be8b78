#pragma once

#include <stdexcept>

namespace milter::imipctl {

/// Wrong usage or unreadable input: the sentence goes to standard error, exit status `wrong`.
class Unusable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace milter::imipctl
