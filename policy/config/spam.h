#pragma once

#include <string>

namespace policy::config {

/// `spam: headers:`: a header field that matches makes `spam` true.
struct SpamHeader {
    std::string name;     ///< lower case
    std::string matches;  ///< pattern, see policy::matches()
};

}  // namespace policy::config
