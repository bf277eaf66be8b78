#include "calendar/delivery/room.h"

namespace calendar::delivery {

namespace {

/// When there is no room: `imipctl` may have made some, and a flood must not have everything counted all the time.
constexpr std::chrono::seconds stale_count{10};
constexpr std::chrono::milliseconds cheap_count{10};

constexpr std::size_t place_of(Kept kind) {
    return static_cast<std::size_t>(kind);
}

}  // namespace

Reservation Room::reserve(Kept kind, std::size_t bytes, std::size_t limit) {
    if (!take(kind, bytes, limit)) return nullptr;
    return {this, [this, kind, bytes](const void*) { end(kind, bytes); }};
}

bool Room::take(Kept kind, std::size_t bytes, std::size_t limit) {
    const auto all = usage_.lock();
    auto& usage = all->at(place_of(kind));
    const auto fits = [&] { return bytes <= limit && usage.bytes + usage.reserved <= limit - bytes; };
    const auto now = Clock::now();
    if (!usage.is_known ||
        (!fits() && now >= usage.count_again && (usage.is_less || now > usage.counted + stale_count)))
        count(usage, kind);
    if (!fits()) return false;
    usage.reserved += bytes;
    return true;
}

void Room::end(Kept kind, std::size_t bytes) {
    const auto all = usage_.lock();
    auto& usage = all->at(place_of(kind));
    usage.reserved -= bytes;
    usage.bytes += bytes;
}

void Room::count(Usage& usage, Kept kind) {
    const auto start = Clock::now();
    usage.bytes = state_.read([kind](Database& reader) { return kept_bytes(reader, kind); });
    usage.is_known = true;
    usage.is_less = false;
    usage.counted = Clock::now();
    const auto took = usage.counted - start;
    usage.count_again = usage.counted + (took > cheap_count ? 10 * took : Clock::duration::zero());
}

void Room::something_is_less() {
    const auto all = usage_.lock();
    for (auto& each : *all)
        each.is_less = true;
}

}  // namespace calendar::delivery
