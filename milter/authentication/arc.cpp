#include "milter/authentication/arc.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>

#include "calendar/base/text.h"
#include "milter/authentication/dkim/signature_field.h"

namespace milter::authentication {

namespace {

using calendar::base::trimmed;
using calendar::base::white_space;

constexpr int most_sets = 50;  // RFC 8617 4.2.1

struct Set {
    std::string_view seal, results;  ///< field values; of `results` what stands behind "i=N;"
};

/// The value of a tag in a list of tags (RFC 6376 3.2). None when it is missing or a duplicate, whatever its case: the
/// other one may have been used to verify the seal.
std::optional<std::string_view> tag(std::string_view list, std::string_view name) {
    std::optional<std::string_view> found;
    bool twice = false;
    calendar::base::for_each_piece(list, ';', [&](std::string_view piece) {
        const auto equals = piece.find('=');
        if (equals == std::string_view::npos) return;
        if (!calendar::base::same_word(trimmed(piece.substr(0, equals), white_space), name)) return;
        twice = twice || found;
        found = trimmed(piece.substr(equals + 1), white_space);
    });
    return twice ? std::nullopt : found;
}

std::optional<int> instance_of(std::string_view list) {
    const auto digits = tag(list, "i").value_or("");
    int number = 0;
    const auto [last, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (error != std::errc() || last != digits.end() || number < 1 || number > most_sets) return std::nullopt;
    return number;
}

using Sets = std::map<int, Set, std::greater<>>;  // the newest first

/// Instance -> its set. None when one is missing, incomplete or there twice, or a seal has a tag twice.
std::optional<Sets> sets_of(const mail::Header& header) {
    Sets sets;
    for (const mail::Field& field : header.fields()) {
        const bool seal = field.is("ARC-Seal");
        if (!seal && !field.is("ARC-Authentication-Results")) continue;
        const auto instance = instance_of(field.value);
        const auto first = field.value.substr(0, field.value.find(';'));  // i= of the results (RFC 8617 4.1.1)
        if (!instance || (seal ? repeats_a_tag(field.value) : instance_of(first) != instance)) return std::nullopt;
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

ResultsProof proven_by_arc(const mail::Mail& mail, const calendar::itip::Address& from,
                           const policy::config::Authentication& config) {
    const auto& sealers = config.trusted_results.arc_sealers;
    const auto sets = sets_of(mail.header);
    if (!sets) return {};
    for (const auto& [instance, set] : *sets) {
        const auto sealer = calendar::base::lowered(tag(set.seal, "d").value_or(""));
        if (std::ranges::find(sealers, sealer) == sealers.end()) return {};
        const auto results = read_authentication_results(set.results);
        if (!results) continue;
        auto proof = proof_in({*results}, {"dmarc", "dkim"}, {mail, from, config.alignment});
        if (!proof.by.empty()) return proof;
    }
    return {};
}

}  // namespace milter::authentication
