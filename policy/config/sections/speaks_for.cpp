#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/itip/read/address.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/names.h"
#include "policy/rules/facts.h"

namespace policy::config {
namespace {

constexpr std::string_view anybody = "*@";  ///< in front of a domain

/// The address in its normal form, or *@DOMAIN.
std::optional<std::string> sender_of(const std::string& text) {
    if (text.starts_with(anybody)) {
        const auto domain = ascii_domain(std::string_view(text).substr(anybody.size()));
        return domain ? std::optional(std::string(anybody) + *domain) : std::nullopt;
    }
    const auto address = calendar::itip::Address::parse(text);
    return address && text.find('*') == std::string::npos ? std::optional(address->text()) : std::nullopt;
}

/// Of whole addresses.
bool is_pattern(std::string_view text) {
    return text == "*" || (text.find('@') != std::string::npos &&
                           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; }));
}

void read_sender(Section& entry, SpeaksFor& result) {
    const bool in_from = entry.find("sender") != nullptr;
    const bool in_sender = entry.find("signed_sender") != nullptr;
    if (in_from == in_sender && entry.value().kind == Value::Kind::map)
        entry.mistakes().add(entry.value().place,
                             "'authentication.speaks_for' must contain either 'sender' or 'signed_sender'");
    entry.pair("signed_sender", "signer");
    const char* key = in_from ? "sender" : "signed_sender";
    entry.text(key, result.sender);
    entry.text("signer", result.signer);
    if (!result.sender.empty()) {
        const auto sender = sender_of(result.sender);
        if (!sender || (!in_from && sender->starts_with(anybody)))
            entry.must(key, in_from ? "be an address or *@DOMAIN" : "be an address");
        result.sender = sender.value_or(std::string());
    }
    if (!result.signer.empty()) {
        const auto signer = ascii_domain(result.signer);
        if (!signer) entry.must("signer", "be a domain name");
        result.signer = signer.value_or(std::string());
    }
}

void read_party(Section& entry, SpeaksFor& result) {
    if (entry.require("party") == nullptr) return;
    entry.text("party", result.pattern);
    if (result.pattern == "same_domain") {
        result.party = SpeaksFor::Party::same_domain;
    } else if (result.pattern == "from") {
        result.party = SpeaksFor::Party::from;
        if (entry.find("sender") != nullptr)
            entry.fault("party", "can be 'from' only together with 'signed_sender'; the From address is the sender");
    } else {
        if (!result.pattern.empty() && !is_pattern(result.pattern))
            entry.must("party", "be same_domain, from, or a pattern of addresses such as *@example.org");
        if (result.sender.starts_with(anybody))
            entry.must("party", fmt::format("be same_domain, because '{}' is everybody in that domain", result.sender));
    }
}

void read_methods(Section& entry, SpeaksFor& result) {
    const Value* value = entry.find("methods");
    if (value == nullptr) return;
    const auto words = rules::info(rules::Fact::method).words;
    result.methods.clear();
    for (const Value* item : read_some_texts(*value, entry.name("methods"), entry.mistakes()))
        if (const auto index =
                read_choice(*item, entry.name("methods"), {words.begin(), words.end()}, entry.mistakes()))
            result.methods.push_back(*calendar::itip::method_of(words[*index]));
}

}  // namespace

void read_speaks_for(const Value& value, std::vector<SpeaksFor>& entries, Mistakes& mistakes) {
    const std::string name = "authentication.speaks_for";
    if (value.kind != Value::Kind::sequence)
        must(value, name, "be a list such as [{sender: noreply@cloud.example.org, party: same_domain}]", mistakes);
    for (const Value& item : value.items) {
        SpeaksFor result;
        result.place = item.place.short_text();
        Section entry(item, name, mistakes);
        read_sender(entry, result);
        read_party(entry, result);
        read_methods(entry, result);
        entry.choice("person", result.person,
                     {{"from", SpeaksFor::Person::from},
                      {"party", SpeaksFor::Person::party},
                      {"email", SpeaksFor::Person::email}});
        entry.finish();
        entries.push_back(std::move(result));
    }
}

}  // namespace policy::config
