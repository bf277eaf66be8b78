#include "milter/authentication/trusted_results.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/read/organizational_domain.h"
#include "milter/authentication/alignment.h"
#include "milter/authentication/arc.h"
#include "milter/authentication/dkim/signature_field.h"
#include "milter/authentication/submission.h"

namespace milter::authentication {

namespace {

using Results = std::vector<AuthenticationResults::MethodResult>;

Results of_method(const std::vector<AuthenticationResults>& fields, std::string_view method) {
    Results found;
    for (const auto& field : fields)
        std::ranges::copy_if(field.results, std::back_inserter(found),
                             [&](const auto& result) { return result.method == method; });
    return found;
}

std::string property_of(const AuthenticationResults::MethodResult& result, std::string_view name) {
    const auto found = std::ranges::find_if(
        result.properties, [&](const auto& property) { return property.type == "header" && property.name == name; });
    return found == result.properties.end() ? std::string() : calendar::base::lowered(found->value);
}

/// A domain, or the one behind the @.
std::string domain_in(const std::string& text) {
    return text.substr(text.rfind('@') + 1);
}

/// Whether DMARC may rest on another domain of the organization of From: one that signs, sent the mail, or passed.
bool may_be_sibling(const std::vector<AuthenticationResults>& fields, const ResultsSubject& subject) {
    const auto domain = subject.from.domain();
    const auto organization = calendar::itip::organizational_domain(domain);
    const auto is_sibling = [&](const std::string& text) {
        const auto other = domain_in(calendar::base::lowered(text));
        return other != domain && calendar::itip::organizational_domain(other) == organization;
    };
    const auto has_sibling = [&](const AuthenticationResults::MethodResult& result) {
        return result.result == "pass" &&
               std::ranges::any_of(result.properties, [&](const auto& property) { return is_sibling(property.value); });
    };
    return is_sibling(subject.mail.envelope.from) ||
           std::ranges::any_of(subject.mail.header.fields(),
                               [&](const mail::Field& field) {
                                   return field.is("DKIM-Signature") && is_sibling(claimed(field.value).domain);
                               }) ||
           std::ranges::any_of(fields, [&](const AuthenticationResults& field) {
               return std::ranges::any_of(field.results, has_sibling);
           });
}

/// Takes the fields of the trusted servers, topmost first.
class TrustedFields {
  public:
    explicit TrustedFields(const std::vector<std::string>& authserv_ids) : authserv_ids_(authserv_ids) {}

    /// `place` is why no field here counts; empty: they do.
    void add(std::string_view value, const std::string& place) {
        const auto id = authserv_id_of(value);
        if (std::ranges::find(authserv_ids_, id) == authserv_ids_.end()) return;
        const auto why = place.empty() ? take(id, value) : place;
        if (!why.empty() && ignored_.empty())
            ignored_ = fmt::format("Authentication-Results of {} do not count: {}", calendar::base::printable(id), why);
    }
    const std::vector<AuthenticationResults>& counted() const noexcept { return counted_; }
    const std::string& ignored() const noexcept { return ignored_; }

  private:
    /// Why it does not count; empty: it does. Below what cannot be read, or holds no results, nothing of the same
    /// server is to be expected.
    std::string take(const std::string& id, std::string_view value) {
        if (ended_.contains(id)) return "a field of the same server ends them above";
        auto field = read_authentication_results(value);
        if (!field || field->results.empty()) ended_.insert(id);
        if (!field) return "the field is not valid (RFC 8601)";
        std::erase_if(field->results, [&](const auto& result) { return settled_.contains({id, result.method}); });
        if (field->results.empty()) return ended_.contains(id) ? "" : "a field of the same server has them above";
        for (const auto& result : field->results)
            settled_.emplace(id, result.method);
        counted_.push_back(*std::move(field));
        return {};
    }

    const std::vector<std::string>& authserv_ids_;
    std::set<std::pair<std::string, std::string>> settled_;  ///< authserv-id, method
    std::set<std::string> ended_;                            ///< authserv-ids
    std::vector<AuthenticationResults> counted_;
    std::string ignored_;
};

TrustedFields trusted_fields(const mail::Mail& mail, const policy::config::Authentication& config) {
    const auto& trust = config.trusted_results;
    TrustedFields trusted(trust.authserv_ids);
    std::size_t received = 0;
    std::string place;  // what ends the fields that count
    if (may_be_submitted(config.submission, mail.envelope))
        place = "the message was submitted here, and filters do not check such messages";
    for (const mail::Field& field : mail.header.fields()) {
        if (field.is("Authentication-Results"))
            trusted.add(field.value, place);
        else if (!place.empty() || (trust.hops > 0 && calendar::base::same_word(field.name.substr(0, 2), "X-")))
            continue;
        else if (!field.is("Received") || ++received > trust.hops)
            place = fmt::format("they are below the field {} ('hops' is {})", calendar::base::printable(field.name, 80),
                                trust.hops);
    }
    return trusted;
}

}  // namespace

ResultsProof proof_in(const std::vector<AuthenticationResults>& fields, const std::vector<std::string>& methods,
                      const ResultsSubject& subject) {
    const auto believed = [&](std::string_view method) { return std::ranges::find(methods, method) != methods.end(); };
    const std::string domain(subject.from.domain());
    ResultsProof proof;
    if (believed("dkim"))
        for (const auto& result : of_method(fields, "dkim")) {
            std::string signer = property_of(result, "d");
            if (signer.empty()) signer = domain_in(property_of(result, "i"));
            if (result.result != "pass" || signer.empty() || !aligned(signer, domain, subject.alignment)) continue;
            proof.by = "dkim";
            proof.very_domain = proof.very_domain || signer == domain;
        }
    if (believed("dmarc") && std::ranges::any_of(of_method(fields, "dmarc"), [&](const auto& result) {
            return result.result == "pass" && domain_in(property_of(result, "from")) == domain;
        })) {
        proof.by = "dmarc";
        proof.very_domain = proof.very_domain || !may_be_sibling(fields, subject);
    }
    return proof;
}

ResultsProof proven_by_results(const mail::Mail& mail, const calendar::itip::Address& from,
                               const policy::config::Authentication& config) {
    const auto& trust = config.trusted_results;
    if (trust.authserv_ids.empty()) return {};
    const auto trusted = trusted_fields(mail, config);
    auto proof = proof_in(trusted.counted(), trust.methods, {mail, from, config.alignment});
    if (proof.by.empty() && std::ranges::find(trust.methods, "arc") != trust.methods.end()) {
        const auto arc = of_method(trusted.counted(), "arc");
        if (!arc.empty() && std::ranges::all_of(arc, [](const auto& each) { return each.result == "pass"; }))
            proof = proven_by_arc(mail, from, config);
        if (!proof.by.empty()) proof.by = "arc";
    }
    proof.ignored = trusted.ignored();
    return proof;
}

}  // namespace milter::authentication
