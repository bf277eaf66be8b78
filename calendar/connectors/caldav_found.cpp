#include "calendar/connectors/caldav_found.h"

#include <fmt/format.h>

#include "calendar/connectors/object.h"

namespace calendar::connectors {

bool CaldavFound::add(Stored stored) {
    const auto identity = identify(stored.content);
    if (!has_uid(identity, uid)) return false;
    names.push_back(stored.name);
    if (best && (organizer || !identity.organizer)) return true;
    best = std::move(stored);
    organizer = identity.organizer;
    return true;
}

std::string CaldavFound::elsewhere() const {
    std::string text;
    for (const auto& name : names)
        if (name != best->name) text += (text.empty() ? "" : ", ") + name;
    return fmt::format("{:.300}", text);
}

}  // namespace calendar::connectors
