#include "milter/authentication/arc.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>

#include "calendar/base/text.h"
#include "milter/authentication/signature_field.h"
#include "milter/authentication/trusted_results.h"

namespace milter::authentication {

namespace {

using calendar::base::trimmed;
using calendar::base::white_space;

constexpr int most_sets = 50;  // RFC 8617 4.2.1

struct Set {
    std::string_view seal, results;  ///< field values; of `results` what stands behind "i=N;"
};

/// The value of the one tag i= in a list of tags; none when there are several.
std::optional<int> instance_of(std::string_view value) {
    std::optional<int> found;
    while (!value.empty()) {
        const auto end = std::min(value.find(';'), value.size());
        const auto tag = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        const auto equals = tag.find('=');
        if (equals == std::string_view::npos || trimmed(tag.substr(0, equals), white_space) != "i") continue;
        const auto digits = trimmed(tag.substr(equals + 1), white_space);
        int number = 0;
        const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || last != digits.data() + digits.size() || number < 1 || number > most_sets)
            return std::nullopt;
        if (found) return std::nullopt;
        found = number;
    }
    return found;
}

using Sets = std::map<int, Set, std::greater<>>;  // the newest first

/// Instance -> its set. None when one is missing, incomplete or there twice, or a seal has a tag twice.
std::optional<Sets> sets_of(const mail::Header& header) {
    Sets sets;
    for (const mail::Field& field : header.fields()) {
        const bool seal = field.is("ARC-Seal");
        if (!seal && !field.is("ARC-Authentication-Results")) continue;
        const auto instance = instance_of(field.value);
        if (!instance || (seal && repeats_a_tag(field.value))) return std::nullopt;
        auto& place = seal ? sets[*instance].seal : sets[*instance].results;
        if (!place.empty()) return std::nullopt;
        place = seal ? field.value : field.value.substr(field.value.find(';') + 1);
    }
    auto expected = static_cast<int>(sets.size());
    for (const auto& [instance, set] : sets)
        if (instance != expected-- || set.seal.empty() || set.results.empty()) return std::nullopt;
    return sets;
}

}  // namespace

bool proven_by_arc(const mail::Header& header, const calendar::itip::Address& from,
                   const policy::config::Authentication& config) {
    const auto& sealers = config.trusted_results.arc_sealers;
    const auto sets = sets_of(header);
    if (!sets) return false;
    for (const auto& [instance, set] : *sets) {
        if (std::ranges::find(sealers, claimed(set.seal).domain) == sealers.end()) return false;
        const auto results = read_authentication_results(set.results);
        if (results && !proof_in({*results}, {"dmarc", "dkim"}, from, config.alignment).empty()) return true;
    }
    return false;
}

}  // namespace milter::authentication
