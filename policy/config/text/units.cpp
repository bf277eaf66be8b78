#include "policy/config/text/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace policy::config {
namespace {

struct Unit {
    std::string_view word;
    std::size_t factor;
};
constexpr std::array durations{Unit{"ms", 1},        Unit{"s", 1000},       Unit{"m", 60'000},
                               Unit{"h", 3'600'000}, Unit{"d", 86'400'000}, Unit{"y", 365 * 86'400'000ULL}};
constexpr std::array sizes{Unit{"B", 1}, Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30}};

constexpr std::size_t most = std::numeric_limits<std::int64_t>::max();  // what std::chrono holds

template <std::size_t N>
std::optional<std::size_t> parse(std::string_view text, const std::array<Unit, N>& units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_count(text.substr(0, digits));
    if (!count) return std::nullopt;
    for (const Unit& unit : units)
        if (text.substr(digits) == unit.word && *count <= most / unit.factor) return *count * unit.factor;
    return std::nullopt;
}

/// In the largest unit that needs no fraction.
template <std::size_t N>
std::string write(std::size_t amount, const std::array<Unit, N>& units) {
    for (auto unit = units.rbegin(); unit != units.rend(); ++unit)
        if (amount != 0 && amount % unit->factor == 0) return fmt::format("{}{}", amount / unit->factor, unit->word);
    return fmt::format("0{}", units[1].word);
}

}  // namespace

std::optional<std::size_t> parse_count(std::string_view text) {
    // Nine digits times the largest unit still fit into 63 bits.
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::size_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_count(text);
    if (!port || *port == 0 || *port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto amount = parse(text, durations);
    if (!amount) return std::nullopt;
    return std::chrono::milliseconds(*amount);
}

std::string duration_text(std::chrono::milliseconds duration) {
    return write(static_cast<std::size_t>(duration.count()), durations);
}

std::optional<std::size_t> parse_size(std::string_view text) {
    return parse(text, sizes);
}

std::string size_text(std::size_t bytes) {
    return write(bytes, sizes);
}

}  // namespace policy::config
