#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "milter/imipctl/report/simulation.h"

namespace milter::imipctl {

inline std::uint64_t weight(std::uint64_t count) noexcept {
    return count;
}
inline std::uint64_t weight(const Tally& tally) noexcept {
    return total(tally);
}

/// The entries of a map of counts or tallies, the largest first, equal ones in the map's order.
template <class Map>
auto ranked(const Map& map) {
    std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>> entries(map.begin(), map.end());
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto& a, const auto& b) { return weight(a.second) > weight(b.second); });
    return entries;
}

}  // namespace milter::imipctl
