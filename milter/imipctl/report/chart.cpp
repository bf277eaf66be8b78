#include "milter/imipctl/report/chart.h"

#include <algorithm>

#include <fmt/format.h>

#include "milter/imipctl/report/html.h"
#include "milter/imipctl/report/ranking.h"

namespace milter::imipctl {

namespace {

// All in the units of the view box, which are a little less than pixels on a telephone and a little more elsewhere.
constexpr int width = 480;
constexpr int bars_from = 26, bars_to = 420;
constexpr int bar_height = 22, bar_step = 28, name_height = 22, between_methods = 14;
constexpr int legend_from = 6, legend_row = 22, legend_step = 150, legend_columns = 3, legend_height = 60;
constexpr int baseline = 16;            // of text in a bar, from its top
constexpr double digit_width = 9;       // of the numbers, generously
constexpr double thinnest_segment = 2;  // what happened once among thousands is still seen

/// The methods with all their events under any configuration, the most frequent first.
std::vector<std::string> methods_of(const Simulation& simulation) {
    std::map<std::string, Tally> all;
    for (const auto& results : simulation.results) {
        for (const auto& [method, tally] : results.methods) {
            for (const auto& [outcome, count] : tally)
                all[method][outcome] += count;
        }
    }
    std::vector<std::string> methods;
    for (const auto& [method, tally] : ranked(all))
        methods.push_back(method);
    return methods;
}

Tally tally_of(const Results& results, const std::string& method) {
    const auto found = results.methods.find(method);
    return found == results.methods.end() ? Tally() : found->second;
}

std::uint64_t longest_bar(const Simulation& simulation) {
    std::uint64_t longest = 1;
    for (const auto& results : simulation.results) {
        for (const auto& [method, tally] : results.methods)
            longest = std::max(longest, total(tally));
    }
    return longest;
}

std::string legend() {
    std::string svg;
    int place = 0;
    for (const auto outcome : outcomes_of_events) {
        const int x = bars_from + place % legend_columns * legend_step;
        const int y = legend_from + place / legend_columns * legend_row;
        svg +=
            fmt::format(R"(<rect class="{0}" x="{1}" y="{2}" width="14" height="14"/><text x="{3}" y="{4}">{0}</text>)",
                        word(outcome), x, y, x + 20, y + 12);
        ++place;
    }
    return svg + '\n';
}

std::string bar(const Tally& tally, double scale, int y) {
    std::string svg;
    double x = bars_from;
    for (const auto outcome : outcomes_of_events) {
        const auto count = times(tally, outcome);
        if (count == 0) continue;
        const auto length = std::max(thinnest_segment, static_cast<double>(count) * scale);
        svg +=
            fmt::format(R"(<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"><title>{} {}</title></rect>)",
                        word(outcome), x, y, length, bar_height, count, word(outcome));
        const auto number = std::to_string(count);
        if (length >= digit_width * static_cast<double>(number.size() + 1)) {
            svg += fmt::format(R"(<text class="on-{}" x="{:.1f}" y="{}" text-anchor="middle">{}</text>)", word(outcome),
                               x + length / 2, y + baseline, number);
        }
        x += length;
    }
    return svg + fmt::format(R"(<text x="{:.1f}" y="{}">{}</text>)", x + 8, y + baseline, total(tally));
}

}  // namespace

std::string_view letter(std::size_t configuration) noexcept {
    return configuration == 0 ? "A" : "B";
}

std::string chart_of(const Simulation& simulation) {
    const auto methods = methods_of(simulation);
    if (methods.empty()) return {};
    const double scale = static_cast<double>(bars_to - bars_from) / static_cast<double>(longest_bar(simulation));
    std::string body = legend();
    int y = legend_height;
    for (const auto& method : methods) {
        body += fmt::format(R"(<text class="method" x="0" y="{}">{}</text>)", y + baseline, html(method, 20));
        y += name_height;
        for (std::size_t i = 0; i < simulation.results.size(); ++i) {
            if (simulation.compares())
                body += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{}</text>)", bars_from - 10, y + baseline,
                                    letter(i));
            body += bar(tally_of(simulation.results[i], method), scale, y) + '\n';
            y += bar_step;
        }
        y += between_methods;
    }
    return fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="Outcomes of each method">{})", width, y,
                       '\n') +
           body + "</svg>\n";
}

std::string_view chart_style() noexcept {
    return R"(svg { width: 100%; max-width: 36rem; height: auto; }
svg text { font: 14px system-ui, sans-serif; fill: var(--ink); }
svg text.method { font-weight: 600; }
svg rect { stroke: var(--paper); stroke-width: 1; }
.applied { fill: #0072b2; } svg .on-applied { fill: #fff; }
.unchanged { fill: #009e73; } svg .on-unchanged { fill: #000; }
.held { fill: #e69f00; } svg .on-held { fill: #000; }
.ignored { fill: #6f6f6f; } svg .on-ignored { fill: #fff; }
.deferred { fill: #cc79a7; } svg .on-deferred { fill: #000; }
.refused { fill: #d55e00; } svg .on-refused { fill: #000; }
@media (prefers-color-scheme: dark) {
  .applied { fill: #56b4e9; } svg .on-applied { fill: #000; }
  .ignored { fill: #a0a0a0; } svg .on-ignored { fill: #000; }
}
)";
}

}  // namespace milter::imipctl
