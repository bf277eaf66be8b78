#pragma once

#include <string>
#include <string_view>

namespace milter::mail {

/// Of the header lines of a message those fields that say what its content is (`Content-…`, `MIME-…`), as they stand
/// there. All lines when one of them begins no field and continues none: a reader may take it for the end of the
/// header. Source: RFC 5322 2.2, RFC 2045 3.
std::string content_fields(std::string_view header);

}  // namespace milter::mail
