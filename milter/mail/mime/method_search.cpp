#include "milter/mail/mime/method_search.h"

#include "calendar/base/text.h"

namespace milter::mail {

void MethodSearch::feed(std::string_view bytes) {
    if (found()) return;
    for (const char c : bytes)
        bytes_search_.feed(c);
    for (const char c : text_.next(bytes))
        text_search_.feed(c);
}

void MethodSearch::Line::feed(char c) noexcept {
    constexpr std::string_view name = "method";
    if (found || c == '\0') return;
    if (c == '\r' || c == '\n') {
        may_fold = true;
        return;
    }
    if (may_fold) {
        may_fold = false;
        if (c == ' ' || c == '\t') return;
        begins = true;
        matched = 0;
    }
    if (!begins) return;
    if (matched == name.size()) {
        found = c == ':' || c == ';';
        begins = false;
    } else {
        begins = calendar::base::lower(c) == name[matched++];
    }
}

}  // namespace milter::mail
