#include "calendar/delivery/room.h"

#include <utility>

namespace calendar::delivery {

namespace {

/// When there is no room: `imipctl` may have made some, and a flood must not have everything counted all the time.
constexpr std::chrono::seconds stale_count{10};
constexpr std::chrono::milliseconds cheap_count{10};

constexpr std::size_t most_parts = 1000;  ///< whose counts are remembered

}  // namespace

Reservation Room::reserve(Kept kind, std::size_t bytes, std::size_t limit, const std::optional<std::string>& domain) {
    auto share = domain ? reserve(Part{kind, domain}, bytes, limit / domains) : nullptr;
    if (domain && !share) return nullptr;
    auto whole = reserve(Part{kind, std::nullopt}, bytes, limit);
    if (!whole || !share) return whole;
    return std::make_shared<std::pair<Reservation, Reservation>>(std::move(share), std::move(whole));
}

Reservation Room::reserve(const Part& part, std::size_t bytes, std::size_t limit) {
    if (!take(part, bytes, limit)) return nullptr;
    return {this, [this, part, bytes](const void*) { end(part, bytes); }};
}

bool Room::take(const Part& part, std::size_t bytes, std::size_t limit) {
    const auto all = usage_.lock();
    if (all->size() > most_parts) std::erase_if(*all, [](const auto& each) { return each.second.reserved == 0; });
    auto& usage = (*all)[part];
    const auto fits = [&] { return bytes <= limit && usage.bytes + usage.reserved <= limit - bytes; };
    const auto now = Clock::now();
    if (!usage.is_known ||
        (!fits() && now >= usage.count_again && (usage.is_less || now > usage.counted + stale_count)))
        count(usage, part);
    if (!fits()) return false;
    usage.reserved += bytes;
    return true;
}

void Room::end(const Part& part, std::size_t bytes) {
    const auto all = usage_.lock();
    auto& usage = (*all)[part];
    usage.reserved -= bytes;
    usage.bytes += bytes;
}

void Room::count(Usage& usage, const Part& part) {
    const auto start = Clock::now();
    usage.bytes = state_.read([&part](Database& reader) { return kept_bytes(reader, part.kind, part.domain); });
    usage.is_known = true;
    usage.is_less = false;
    usage.counted = Clock::now();
    const auto took = usage.counted - start;
    usage.count_again = usage.counted + (took > cheap_count ? 10 * took : Clock::duration::zero());
}

void Room::something_is_less() {
    const auto all = usage_.lock();
    for (auto& [part, usage] : *all)
        usage.is_less = true;
}

}  // namespace calendar::delivery
