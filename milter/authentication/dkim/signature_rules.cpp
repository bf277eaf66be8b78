#include "milter/authentication/dkim/signature_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "milter/authentication/dkim/signature_field.h"

namespace milter::authentication {

namespace {

constexpr std::size_t longest_field_list = 4095;  // libopendkim silently drops the rest of h=

std::size_t times_present(const std::vector<mail::Field>& fields, std::string_view name) {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const mail::Field& field) { return field.is(name); }));
}

}  // namespace

Verdict judged(const Verified& signature, const policy::config::Dkim& options, const std::vector<mail::Field>& fields,
               std::chrono::system_clock::time_point now) {
    if (signature.test_key) return {SignatureResult::policy, "the key is in testing mode (t=y)"};
    if (!signature.whole_body) return {SignatureResult::policy, "only part of the body is signed (l=)"};
    if (signature.sha1) return {SignatureResult::policy, "rsa-sha1 is not accepted"};
    if (signature.rsa_bits != 0 && signature.rsa_bits < options.minimum_rsa_bits) {
        return {SignatureResult::policy, fmt::format("the key has {} bits; 'minimum_rsa_bits' is {}",
                                                     signature.rsa_bits, options.minimum_rsa_bits)};
    }
    if (options.maximum_age) {
        if (signature.made_at == 0)
            return {SignatureResult::policy, "without a signing time (t=) its age cannot be checked"};
        // A t= that is later than now was refused before; so this does not overflow.
        const auto age = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() -
                         static_cast<std::int64_t>(signature.made_at);
        if (age > options.maximum_age->count())
            return {SignatureResult::policy, "the signature is older than 'maximum_age'"};
    }
    if (signature.signed_fields.size() > longest_field_list) return {SignatureResult::permerror, "h= is too long"};
    // Signatures are made from the bottom up (RFC 6376 5.4.2): of a field that stands there more often than it is
    // signed, the upper ones were added by somebody else.
    const auto present = [&](std::string_view name) { return times_present(fields, name); };
    const auto named = [&](std::string_view name) { return times_named(signature.signed_fields, name); };
    if (named("from") < std::max<std::size_t>(present("from"), 1))
        return {SignatureResult::policy, "From is not signed"};
    for (const auto& name : options.require_signed) {
        if (named(name) < present(name)) return {SignatureResult::policy, name + " is not signed"};
    }
    for (const std::string_view name : {"content-type", "content-transfer-encoding", "content-disposition"}) {
        if (named(name) != 0 && named(name) < present(name)) {
            return {SignatureResult::policy, fmt::format("a {} field was added to the signed one", name)};
        }
    }
    return {SignatureResult::pass, ""};
}

bool covers(std::string_view name, std::string_view signed_fields, const std::vector<mail::Field>& fields) {
    return times_named(signed_fields, name) >= std::max<std::size_t>(times_present(fields, name), 1);
}

}  // namespace milter::authentication
