#include "calendar/itip/text/dropped.h"

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/text/quoted.h"

namespace calendar::itip {

namespace {

constexpr std::size_t most_named = 3;

/// One and several; `{}` is how many.
struct Words {
    std::string_view one, several;
};
constexpr std::array<Words, 15> words{{
    {"dropped {} line that is no valid content line", "dropped {} lines that are no valid content lines"},
    {"dropped {} attendee that cannot be read", "dropped {} attendees that cannot be read"},
    {"dropped parameters that cannot be read in {} line", "dropped parameters that cannot be read in {} lines"},
    {"dropped {} line that repeats a property", "dropped {} lines that repeat a property"},
    {"dropped control characters in {} line", "dropped control characters in {} lines"},
    {"replaced bytes that are not UTF-8 in {} line", "replaced bytes that are not UTF-8 in {} lines"},
    {"joined {} line that a line break tore apart", "joined {} lines that line breaks tore apart"},
    {"dropped {} line with a value that is not valid", "dropped {} lines with values that are not valid"},
    {"dropped {} DURATION beside the end", "dropped {} DURATIONs beside the end"},
    {"dropped {} copy of a description in HTML", "dropped {} copies of descriptions in HTML"},
    {"dropped {} answer that cannot be read", "dropped {} answers that cannot be read"},
    {"ignored {} unknown time zone", "ignored {} unknown time zones"},
    {"dropped {} time zone that cannot be read and is not needed",
     "dropped {} time zones that cannot be read and are not needed"},
    {"renamed {} time zone that has other rules than the one of this name in the system",
     "renamed {} time zones that have other rules than those of these names in the system"},
    {"dropped {} component that repeats another", "dropped {} components that repeat others"},
}};

}  // namespace

void Dropped::add(What what, std::size_t line, std::string_view name, std::string_view why) {
    Kind& kind = kinds_[static_cast<std::size_t>(what)];
    if (++kind.count > most_named) return;
    if (!kind.first.empty()) kind.first += ", ";
    kind.first += fmt::format("line {} {}", line, base::printable(base::trimmed(name), longest_quoted));
    if (!why.empty()) kind.first += fmt::format(" ({})", why);
}

std::string Dropped::sentence() const {
    std::string text;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        const Kind& kind = kinds_[i];
        if (kind.count == 0) continue;
        if (!text.empty()) text += "; ";
        text += fmt::format(fmt::runtime(kind.count == 1 ? words[i].one : words[i].several), kind.count);
        text += ": " + kind.first;
        if (kind.count > most_named) text += fmt::format(" and {} more", kind.count - most_named);
    }
    return text;
}

}  // namespace calendar::itip
