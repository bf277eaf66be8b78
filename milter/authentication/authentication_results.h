#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milter::authentication {

/// An Authentication-Results header field (RFC 8601 2.2), names and results in lower case.
struct AuthenticationResults {
    struct Property {
        std::string type, name, value;  ///< header.from=example.org; the value without quotes
    };
    struct MethodResult {
        std::string method, result, reason;
        std::vector<Property> properties;
    };
    std::string authserv_id;
    std::vector<MethodResult> results;  ///< empty: "none"
};

/// Reads the value of the field. Filters write properties that RFC 8601 does not have (without a dot, without a value,
/// with other than ASCII): such a one is left out, alone. None when anything else is not as RFC 8601 2.2 has it, a
/// comment or quote is open, the version is not 1, or the field is longer than 16 KiB or has more than 50 results or
/// properties of one: what is misread proves nothing.
std::optional<AuthenticationResults> read_authentication_results(std::string_view value);

/// Who wrote the field, whether or not the rest of it can be read; in lower case; empty: it does not say.
std::string authserv_id_of(std::string_view value);

}  // namespace milter::authentication
