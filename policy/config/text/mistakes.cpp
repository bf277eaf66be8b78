#include "policy/config/text/mistakes.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"

namespace policy::config {
namespace {

/// Letters to add, drop, change or swap with their neighbour; case does not count.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    const auto same = [&](std::size_t i, std::size_t j) {
        return calendar::base::lower(a[i]) == calendar::base::lower(b[j]);
    };
    for (std::size_t i = 0; i < a.size(); ++i) {
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            row[j + 1] = std::min({row[j] + 1, last[j + 1] + 1, last[j] + (same(i, j) ? 0 : 1)});
            if (i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j))
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last.back();
}

/// Control characters and what is not UTF-8 as `?`: libraries and file names bring them in too.
std::string one_line(std::string text) {
    for (char& c : text)
        if ((c >= 0 && c < ' ') || c == 0x7f) c = '?';
    for (auto bad = calendar::base::find_not_utf8(text); bad != std::string::npos;
         bad = calendar::base::find_not_utf8(text))
        text[bad] = '?';
    return text;
}

}  // namespace

std::string Place::text() const {
    return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

std::string Place::short_text() const {
    return Place{std::filesystem::path(file).filename().string(), line, column}.text();
}

std::string Mistake::text() const {
    return fmt::format("{}: {}{}", place.text(), severity == Severity::warning ? "warning: " : "", sentence);
}

void Mistakes::add(const Place& place, std::string sentence) {
    mistakes_.push_back({place, one_line(std::move(sentence)), Severity::error});
}

void Mistakes::warn(const Place& place, std::string sentence) {
    mistakes_.push_back({place, one_line(std::move(sentence)), Severity::warning});
}

bool Mistakes::has_errors() const noexcept {
    return std::ranges::find(mistakes_, Severity::error, &Mistake::severity) != mistakes_.end();
}

std::vector<Mistake> Mistakes::sorted() const {
    auto sorted = mistakes_;
    std::ranges::stable_sort(sorted, {}, &Mistake::place);
    return sorted;
}

std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string_view>& known) {
    constexpr std::size_t most = 20;
    std::string names = known.empty() ? "none" : "";
    for (std::size_t i = 0; i < known.size() && i < most; ++i)
        names += (i == 0 ? "" : ", ") + calendar::base::printable(known[i]);
    if (known.size() > most) names += fmt::format(" and {} more", known.size() - most);
    return fmt::format("unknown {} '{}'{}; configured: {}", what, calendar::base::printable(name),
                       suggestion(name, known), names);
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t longest = 40;  // no key is longer
    if (word.size() > longest) return {};
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t far = distance(word, candidate);
        if (far >= least) continue;
        least = far;
        nearest = candidate;
    }
    return nearest.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", nearest);
}

}  // namespace policy::config
