#pragma once

#include <cstddef>
#include <string_view>

#include "milter/mail/mime/charset.h"

namespace milter::mail {

/// Looks for a line that begins with METHOD, as any reader may find it: folded or not, in either case, in UTF-16 as in
/// ASCII, and in the charset that is declared. Bytes come in pieces, so that a part is searched that is too large to be
/// kept.
class MethodSearch {
  public:
    /// `charset`: empty when none is declared.
    explicit MethodSearch(std::string_view charset = "") : text_(charset) {}
    void feed(std::string_view bytes);
    bool found() const noexcept { return bytes_search_.found || text_search_.found; }

  private:
    struct Line {
        void feed(char c) noexcept;

        bool found = false;
        bool may_fold = false;    ///< a line has ended; white space goes on with it
        bool begins = true;       ///< the line, so far, as METHOD does
        std::size_t matched = 0;  ///< characters of it
    };

    LenientText text_;
    Line bytes_search_, text_search_;
};

}  // namespace milter::mail
