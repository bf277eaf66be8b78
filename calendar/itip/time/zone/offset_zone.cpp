#include "calendar/itip/time/zone/offset_zone.h"

#include <array>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "calendar/base/text.h"

namespace calendar::itip {

namespace {

constexpr int farthest = 14 * 60;  // minutes: Kiritimati

/// In minutes.
std::optional<int> named_offset(std::string_view tzid) {
    tzid = base::trimmed(tzid);
    const std::string_view word = tzid.substr(0, 3);
    if (!base::same_word(word, "GMT") && !base::same_word(word, "UTC")) return std::nullopt;
    std::string text(base::trimmed(tzid.substr(3)));
    if (text.size() == 6 && (text[3] == ':' || text[3] == '.')) text.erase(3, 1);
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const std::string digits = text.substr(1);
    if (!base::digits_only(digits) || digits[2] > '5') return std::nullopt;
    const int number = std::stoi(digits);
    const int minutes = number / 100 * 60 + number % 100;
    if (minutes > farthest) return std::nullopt;
    return text[0] == '-' ? -minutes : minutes;
}

auto every_offset() {
    std::array<OffsetChange, 2 * farthest + 1> all;
    for (int i = 0; i < static_cast<int>(all.size()); ++i)
        all.at(i).offset = std::int64_t{i - farthest} * 60;
    return all;
}

}  // namespace

std::span<const OffsetChange> offset_changes(std::string_view tzid) {
    static const auto all = every_offset();
    const auto minutes = named_offset(tzid);
    if (!minutes) return {};
    return std::span(all).subspan(*minutes + farthest, 1);
}

std::optional<Component> offset_zone(std::string_view tzid) {
    const auto east = named_offset(tzid);
    if (!east) return std::nullopt;
    const int minutes = std::abs(*east);
    const std::string offset = fmt::format("{}{:02}{:02}", *east < 0 ? '-' : '+', minutes / 60, minutes % 60);
    const Component standard{
        "STANDARD", {{"DTSTART", {}, "19700101T000000"}, {"TZOFFSETFROM", {}, offset}, {"TZOFFSETTO", {}, offset}}, {}};
    return Component{"VTIMEZONE", {{"TZID", {}, std::string(tzid)}}, {standard}};
}

}  // namespace calendar::itip
