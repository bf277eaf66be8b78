#include <algorithm>
#include <string>

#include "calendar/base/text.h"
#include "milter/authentication/arc.h"
#include "milter/authentication/dkim/signature_field.h"
#include "milter/authentication/trusted_results.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace milter::authentication;
using calendar::itip::Address;
using milter::mail::Header;

constexpr std::size_t longest_field = 16 * 1024, most_results = 50, longest_name = 253;

policy::config::Authentication trusting() {
    policy::config::Authentication config;
    config.trusted_results.authserv_ids = {"mx.example.com"};
    config.trusted_results.methods = {"dmarc", "dkim", "arc"};
    config.trusted_results.arc_sealers = {"lists.example.net", "relay.example.net"};
    return config;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

/// One of the many ways to write a field.
std::string written(const AuthenticationResults& field) {
    std::string text = in_quotes(field.authserv_id) + " 1";
    if (field.results.empty()) return text + "; none";
    for (const auto& result : field.results) {
        text += "; " + result.method + "/1 = " + result.result;
        if (!result.reason.empty()) text += " reason=" + in_quotes(result.reason);
        for (const auto& [type, name, value] : result.properties)
            text += " " + type + " . " + name + "=(a comment)" + in_quotes(value);
    }
    return text;
}

void check_results(const std::string& value) {
    const auto field = read_authentication_results(value);
    if (!field) return;
    fuzz::must(value.size() <= longest_field, "a field that is read is bounded");
    fuzz::must(field->authserv_id == calendar::base::lowered(field->authserv_id), "names are in lower case");
    fuzz::must(field->results.size() <= most_results, "results are bounded");
    for (const auto& result : field->results) {
        fuzz::must(!result.method.empty() && !result.result.empty(), "a result says of what it is one");
        fuzz::must(result.properties.size() <= most_results, "properties are bounded");
    }
    const std::string again = written(*field);
    if (again.size() > longest_field) return;
    const auto reread = read_authentication_results(again);
    fuzz::must(reread && written(*reread) == again, "what is written is read as it was");
}

void check_signature(std::string_view value) {
    const Signature signature = claimed(value);
    for (const std::string* name : {&signature.domain, &signature.selector, &signature.algorithm}) {
        fuzz::must(name->size() <= longest_name, "what a signature claims is bounded");
        fuzz::must(std::ranges::all_of(*name, [](char c) { return c > ' ' && c < 127; }),
                   "what a signature claims is printable");
    }
    if (const auto name = key_name(signature.selector, signature.domain))
        fuzz::must(name->size() <= longest_name, "the name of a key is bounded");
}

bool names(std::string_view text, std::string_view word) {
    return calendar::base::lowered(text).find(word) != std::string::npos;
}

void check_proof(const std::string& header, const Address& from) {
    static const auto config = trusting();
    const auto by_results = [&](const std::string& text, const policy::config::Authentication& with) {
        return proven_by_results(milter::mail::MailOfBytes(text, {}).mail(), from, with).by;
    };
    const auto proof = [&](const std::string& text) { return by_results(text, config); };
    const std::string found = proof(header);
    fuzz::must(proof(header) == found, "a second look says the same");
    fuzz::must(found.empty() || found == "dmarc" || found == "dkim" || found == "arc", "a proof is by a method");
    const std::string domain(from.domain().substr(from.domain().rfind('.') + 1));
    const bool literal = header.find('\\') == std::string::npos;  // a quoted string may escape any byte
    fuzz::must(found.empty() || !literal || names(header, domain), "who is not named is not proven");
    fuzz::must(by_results(header, {}).empty(), "without trust nothing is proven");
    if (header.starts_with(' ') || header.starts_with('\t')) return;  // would continue a field in front of it
    fuzz::must(proof("Received: from x\r\n" + header).empty(), "only the topmost fields prove");
    fuzz::must(proof("Authentication-Results: mx.example.com; dmarc=fail; dkim=fail; arc=fail\r\n" + header).empty(),
               "the topmost field that names a method counts");
    fuzz::must(proof("Authentication-Results: mx.example.org; dmarc=pass\r\n" + header) == found,
               "a field of a stranger changes nothing");

    const auto seen = [&](const std::string& text) {
        return !proven_by_arc(milter::mail::MailOfBytes(text, {}).mail(), from, config).by.empty();
    };
    if (!seen(header)) {
        fuzz::must(found != "arc", "an ARC proof needs its sets");
        return;
    }
    fuzz::must(names(header, "lists.example.net") || names(header, "relay.example.net"), "a trusted sealer is named");
    fuzz::must(!seen("ARC-Seal: i=1; d=lists.example.net\r\n" + header), "an instance stands there once");
    fuzz::must(!seen("ARC-Seal: i=51; d=lists.example.net\r\n" + header), "there are 50 instances");
    for (const char* const sealer : {"evil.example", "evil.example; d=lists.example.net",
                                     "evil.example; D=lists.example.net", "lists.example.net; d=evil.example"})
        for (int instance = 2; instance <= 50; ++instance) {
            const std::string i = std::to_string(instance);
            fuzz::must(!seen("ARC-Seal: i=" + i + "; d=" + sealer + "\r\nARC-Authentication-Results: i=" + i +
                             "; x; dmarc=pass header.from=" + std::string(from.domain()) + "\r\n" + header),
                       "behind a stranger's seal nothing counts");
        }
}

}  // namespace

/// The header of a mail: its Authentication-Results, ARC and DKIM fields are written by strangers, and prove what the
/// trusted ones say or nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Address carol = Address::parse("carol@example.org").value();
    static const Address nobody = Address::parse("carol@nobody.unheard").value();
    const std::string header(fuzz::text_of(data, size));
    const Header parsed = Header::of(header);
    for (const auto& field : parsed.fields()) {
        if (field.is("Authentication-Results") || field.is("ARC-Authentication-Results"))
            check_results(std::string(field.value));
        if (field.is("DKIM-Signature") || field.is("ARC-Seal")) check_signature(field.value);
    }
    check_proof(header, parsed.from().value_or(carol));
    check_proof(header, nobody);
    return 0;
}
