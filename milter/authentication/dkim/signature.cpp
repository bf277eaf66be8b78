#include "milter/authentication/dkim/signature.h"

#define _Bool bool  // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): a word of C that dkim.h uses
#include <opendkim/dkim.h>
#undef _Bool

namespace milter::authentication {

namespace {

struct Failure {
    int error;
    SignatureResult result;
    const char* reason;
};
constexpr Failure failures[] = {
    {DKIM_SIGERROR_BADSIG, SignatureResult::fail, "a signed header field was changed, or the signature is forged"},
    {DKIM_SIGERROR_TOOLARGE_L, SignatureResult::fail, "the body is shorter than what was signed (l=)"},
    {DKIM_SIGERROR_UNKNOWN, SignatureResult::temperror, "DNS lookup of the DKIM key failed"},
    {DKIM_SIGERROR_KEYFAIL, SignatureResult::temperror, "DNS lookup of the DKIM key failed"},
    {DKIM_SIGERROR_NOKEY, SignatureResult::permerror, no_key_reason},
    {DKIM_SIGERROR_KEYREVOKED, SignatureResult::permerror, "the key is revoked"},
    {DKIM_SIGERROR_EXPIRED, SignatureResult::permerror, "the signature has expired"},
    {DKIM_SIGERROR_FUTURE, SignatureResult::permerror, "the signature is from the future"},
    {DKIM_SIGERROR_SUBDOMAIN, SignatureResult::permerror, "the key is not for subdomains (t=s)"},
};

std::string_view text(const u_char* bytes) {
    return bytes == nullptr ? "" : reinterpret_cast<const char*>(bytes);
}

}  // namespace

std::string_view domain_of(DKIM_SIGINFO* signature) {
    return text(dkim_sig_getdomain(signature));
}

std::string_view selector_of(DKIM_SIGINFO* signature) {
    return text(dkim_sig_getselector(signature));
}

Verdict failure(DKIM_SIGINFO* signature, int error) {
    if (error == DKIM_SIGERROR_BADSIG && dkim_sig_getbh(signature) == DKIM_SIGBH_MISMATCH) {
        return {SignatureResult::fail, "the body was changed"};
    }
    for (const auto& known : failures) {
        if (known.error == error) return {known.result, known.reason};
    }
    const char* sentence = dkim_sig_geterrorstr(error);
    return {SignatureResult::permerror, sentence == nullptr ? "syntax" : sentence};
}

Verified properties(DKIM* dkim, DKIM_SIGINFO* signature) {
    Verified verified;
    verified.test_key = (dkim_sig_getflags(signature) & DKIM_SIGFLAG_TESTKEY) != 0;
    ssize_t length = 0;
    verified.whole_body =
        dkim_sig_getcanonlen(dkim, signature, nullptr, nullptr, &length) == DKIM_STAT_OK && length == -1;
    dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;
    dkim_sig_getsignalg(signature, &algorithm);
    verified.sha1 = algorithm == DKIM_SIGN_RSASHA1;
    if (algorithm != DKIM_SIGN_ED25519SHA256) dkim_sig_getkeysize(signature, &verified.rsa_bits);
    dkim_sig_getsigntime(signature, &verified.made_at);
    // libopendkim takes text as u_char* and does not write to it.
    u_char tag[] = "h";
    const u_char* const fields = dkim_sig_gettagvalue(signature, false, tag);
    if (fields != nullptr) verified.signed_fields = reinterpret_cast<const char*>(fields);
    return verified;
}

}  // namespace milter::authentication
