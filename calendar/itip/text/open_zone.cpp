#include "calendar/itip/text/open_zone.h"

#include <algorithm>
#include <string>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

bool OpenZone::note(std::string_view line, std::size_t number) {
    if (!base::same_word(line_name(line), "TZID")) return true;
    const std::string_view name = base::trimmed(split_line(line).value.value_or(""));
    if (std::ranges::find(tzids, name, &Property::value) != tzids.end()) return true;
    if (tzids.size() == most_names) return false;
    tzids.push_back({.name = "TZID", .parameters = {}, .value = std::string(name), .line = number});
    return true;
}

std::string OpenZone::text(std::size_t last) const {
    LineReader lines = start;
    std::string text = lines.as_it_came();
    while (lines.next() && lines.number() <= last)
        text += lines.as_it_came();
    return text;
}

BrokenZone OpenZone::broken() && {
    BrokenZone broken{.names = {}, .line = start.number(), .fault = std::move(*fault)};
    for (const Property& tzid : tzids)
        broken.names.push_back(unescaped(tzid.value));
    return broken;
}

}  // namespace calendar::itip
