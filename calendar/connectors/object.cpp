#include "calendar/connectors/object.h"

#include <algorithm>

#include "calendar/base/sha256.h"
#include "calendar/base/text.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::connectors {
namespace {

using base::same_word;

bool harmless(std::string_view uid) {
    constexpr std::size_t longest = 100;
    if (uid.empty() || uid.size() > longest || uid.front() == '.') return false;
    if (!base::letters_digits_or(uid, "@._-")) return false;
    // A UID that looks like a hash could take the name of another event whose UID has that hash.
    const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return uid.size() != 64 || !std::all_of(uid.begin(), uid.end(), hex);
}

bool carries_uid(std::string_view component) {
    return same_word(component, "VEVENT") || same_word(component, "VTODO") || same_word(component, "VJOURNAL") ||
           same_word(component, "VFREEBUSY");
}

}  // namespace

std::string object_name(std::string_view uid) {
    return (harmless(uid) ? std::string(uid) : base::sha256(uid)) + ".ics";
}

std::string other_object_name(std::string_view uid) {
    return base::sha256(object_name(uid)) + ".ics";
}

Identity identify(std::string_view content) {
    Identity identity;
    std::size_t depth = 0;
    std::size_t level = 0;  // depth of the component that carries a UID; 0 outside
    bool named = false;     // it had its UID
    for (itip::LineReader lines(content); lines.next();) {
        const auto line = lines.line();
        const auto name = itip::line_name(line);
        const auto value = itip::split_line(line).value.value_or(std::string_view());
        if (same_word(name, "BEGIN")) {
            ++depth;
            if (level == 0 && carries_uid(base::trimmed(value))) {
                level = depth;
                named = false;
            }
        } else if (same_word(name, "END")) {
            if (level != 0 && depth == level) {
                if (!named) identity.several = true;
                level = 0;
            }
            if (depth > 0) --depth;
        } else if (level != 0 && depth == level && (same_word(name, "ORGANIZER") || same_word(name, "ATTENDEE"))) {
            identity.organizer = identity.organizer || same_word(name, "ORGANIZER");
            identity.uris = identity.uris || !itip::calendar_user(value);
        } else if (level != 0 && depth == level && same_word(name, "UID")) {
            auto uid = itip::uid_text(value);
            named = true;
            if (identity.uid.empty())
                identity.uid = std::move(uid);
            else if (identity.uid != uid)
                identity.several = true;
        }
    }
    return identity;
}

bool has_uid(const Identity& identity, std::string_view uid) {
    return !identity.several && !identity.uid.empty() && identity.uid == uid;
}

}  // namespace calendar::connectors
