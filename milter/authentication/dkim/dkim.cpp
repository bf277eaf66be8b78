#include "milter/authentication/dkim/dkim.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>

#define _Bool bool  // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): a word of C that dkim.h uses
#include <opendkim/dkim.h>
#undef _Bool

#include "calendar/base/free_with.h"
#include "milter/authentication/alignment.h"
#include "milter/authentication/dkim/lookups.h"
#include "milter/authentication/dkim/public_keys.h"
#include "milter/authentication/dkim/signature.h"
#include "milter/authentication/dkim/signature_field.h"
#include "milter/authentication/dkim/signature_rules.h"
#include "milter/mail/mime/declared_encoding.h"
#include "milter/mail/mime/declared_structure.h"

namespace milter::authentication {

namespace {

using calendar::base::FreeWith;
using Clock = std::chrono::steady_clock;

constexpr std::size_t largest_header = 1024 * 1024;
constexpr std::size_t largest_signature = 60 * 1024;  // libopendkim gives up on the whole message at 64 KiB
constexpr std::size_t body_chunk = 64 * 1024;
constexpr std::uint64_t clock_drift = 300;  // seconds; RFC 6376 3.5 leaves it to us

/// libopendkim takes text as u_char* and does not write to it.
u_char* bytes(std::string_view text) {
    return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
}

/// One field for libopendkim: with CRLF folds.
DKIM_STAT feed(DKIM* dkim, std::string_view whole) {
    std::string mended;
    for (auto at = whole.find('\n'); at != std::string_view::npos; at = whole.find('\n', at + 1)) {
        if (at != 0 && whole[at - 1] == '\r') continue;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            if (whole[i] == '\n' && (i == 0 || whole[i - 1] != '\r')) mended += '\r';
            mended += whole[i];
        }
        return dkim_header(dkim, bytes(mended), mended.size());
    }
    return dkim_header(dkim, bytes(whole), whole.size());
}

bool feed_body(DKIM* dkim, std::string_view body) {
    const bool ended = body.empty() || body.ends_with("\r\n");
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), body_chunk))) {
        const auto chunk = body.substr(0, body_chunk);
        if (dkim_body(dkim, bytes(chunk), chunk.size()) != DKIM_STAT_OK) return false;
    }
    // libopendkim refuses a body without it; RFC 6376 3.4.3 and 3.4.4 put it there.
    return ended || dkim_body(dkim, bytes("\r\n"), 2) == DKIM_STAT_OK;
}

}  // namespace

class DkimVerifier::Library {
  public:
    Library(const policy::config::Authentication& options, std::unique_ptr<KeySource> keys)
        : options_(options), keys_(std::move(keys)), library_(dkim_init(nullptr, nullptr)) {
        read_public_keys_directly();
        if (library_ == nullptr) throw std::runtime_error("cannot initialize libopendkim");
        // DELAYSIGPROC: a key that cannot be asked for spoils its own signature only. Not STRICTHDRS: real mail lacks a
        // Date or has two Cc fields, and what it protects, the one From, Header sees to.
        unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC;
        set(DKIM_OPTS_FLAGS, &flags, sizeof flags);
        std::uint64_t drift = clock_drift;
        set(DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift);
        // judged() asks for From itself, after the signature was verified: a forged one is a fail, not a matter of
        // policy.
        const char* none[] = {nullptr};
        set(DKIM_OPTS_REQUIREDHDRS, none, sizeof(char**));
        use_lookups(library_.get());
    }

    Authentication verify(const mail::Mail& mail, calendar::base::Deadline deadline) const {
        auto result = unproven(mail.header);
        if (!options_.dkim.verify) return result;
        for (const auto& field : mail.header.fields()) {
            if (!field.is(DKIM_SIGNHEADER)) continue;
            auto signature = claimed(field.value);
            signature.aligned = result.from && aligned(signature.domain, result.from->domain(), options_.alignment);
            signature.reason = "not verified: too many signatures";
            result.signatures.push_back(std::move(signature));
        }
        verify_signatures(result, mail, std::min(deadline, Clock::now() + options_.dkim.timeout));
        conclude(result);
        return result;
    }

  private:
    void set(dkim_opts_t option, void* value, std::size_t size) {
        if (dkim_options(library_.get(), DKIM_OP_SETOPT, option, value, size) != DKIM_STAT_OK) {
            throw std::runtime_error("libopendkim rejected an option");
        }
    }

    void verify_signatures(Authentication& result, const mail::Mail& mail, calendar::base::Deadline deadline) const {
        const auto indices = chosen(result.signatures, options_.dkim.signatures);
        if (indices.empty()) return;
        for (const auto index : indices)
            spoil(result.signatures[index], "syntax");
        const auto give_up = [&](const std::vector<std::size_t>& spoiled, std::string_view reason) {
            for (const auto index : spoiled)
                spoil(result.signatures[index], reason);
        };
        const auto header = mail.header.bytes();
        if (header.size() > largest_header || mail.header.too_many_fields())
            return give_up(indices, "the header is too large");
        if (header.find('\0') != std::string_view::npos) return give_up(indices, "the header contains a NUL byte");

        DKIM_STAT status = DKIM_STAT_OK;
        const std::unique_ptr<DKIM, FreeWith<&dkim_free>> dkim(
            dkim_verify(library_.get(), bytes(mail.envelope.queue_id), nullptr, &status));
        if (dkim == nullptr) throw std::bad_alloc();
        DkimLookups lookups{.keys = *keys_,
                            .options = options_,
                            .from_domain = result.from ? result.from->domain() : std::string_view(),
                            .deadline = deadline};
        dkim_set_user_context(dkim.get(), &lookups);

        const auto accepted = feed_header(dkim.get(), result, mail.header.fields(), indices);
        status = dkim_eoh(dkim.get());
        if (status == DKIM_STAT_NOSIG) return;
        if (status == DKIM_STAT_NORESOURCE) return give_up(accepted, "a header field is too large");
        if (status != DKIM_STAT_OK || !feed_body(dkim.get(), mail.body()))
            return give_up(accepted, "libopendkim cannot parse the message");
        dkim_eom(dkim.get(), nullptr);

        DKIM_SIGINFO** signatures = nullptr;
        int count = 0;
        if (dkim_getsiglist(dkim.get(), &signatures, &count) != DKIM_STAT_OK || !lookups.done ||
            static_cast<std::size_t>(count) != accepted.size()) {
            return give_up(accepted, "libopendkim cannot parse the message");
        }
        for (std::size_t i = 0; i < accepted.size(); ++i) {
            auto& signature = result.signatures[accepted[i]];
            const auto signed_fields = properties(dkim.get(), signatures[i]).signed_fields;
            signature.content_type_signed = covers("content-type", signed_fields, mail.header.fields());
            signature.sender_signed = covers("sender", signed_fields, mail.header.fields());
            std::tie(signature.result, signature.reason) = verdict(dkim.get(), signatures[i], lookups, mail);
            if (signature.result == SignatureResult::pass)
                std::tie(signature.result, signature.reason) = borne_out(mail, signed_fields);
            // What counts is what was verified, not how we read it.
            signature.domain = calendar::base::lowered(domain_of(signatures[i]));
            signature.aligned = result.from && aligned(signature.domain, result.from->domain(), options_.alignment);
        }
    }

    /// Of a signature that passes.
    static Verdict borne_out(const mail::Mail& mail, std::string_view signed_fields) {
        struct Declaration {
            const char* field;
            bool (*is_shown)(const mail::Header& header, std::string_view body);
        };
        for (const auto& [field, is_shown] : {Declaration{"Content-Type", &mail::shows_declared_structure},
                                              Declaration{"Content-Transfer-Encoding", &mail::shows_declared_encoding},
                                              Declaration{"Content-Disposition", &mail::shows_declared_file}})
            if (!covers(calendar::base::lowered(field), signed_fields, mail.header.fields()) &&
                !is_shown(mail.header, mail.body()))
                return {SignatureResult::policy, fmt::format("{} is not signed and the body does not match it", field)};
        return {SignatureResult::pass, {}};
    }

    static void spoil(Signature& signature, std::string_view reason) {
        signature.result = SignatureResult::permerror;
        signature.reason = reason;
    }

    /// The indices of those signatures that libopendkim can read, in its order.
    static std::vector<std::size_t> feed_header(DKIM* dkim, Authentication& result,
                                                const std::vector<mail::Field>& fields,
                                                const std::vector<std::size_t>& indices) {
        std::vector<std::size_t> accepted;
        auto next = indices.begin();
        std::size_t index = 0;
        for (const auto& field : fields) {
            if (!field.is(DKIM_SIGNHEADER)) {
                feed(dkim, field.whole);  // a field that libopendkim refuses is not there for it
                continue;
            }
            const auto own = index++;
            if (next == indices.end() || *next != own) continue;
            ++next;
            if (field.whole.size() > largest_signature) {
                result.signatures[own].reason = "the signature is too large";
            } else if (const auto why = too_complex(field.value); !why.empty()) {
                result.signatures[own].reason = why;
            } else if (repeats_a_tag(field.value)) {
                result.signatures[own].reason = "a tag occurs twice";
            } else if (feed(dkim, field.whole) == DKIM_STAT_OK) {
                accepted.push_back(own);
            }
        }
        // libopendkim writes behind its list of fields when h= names every field there is and one more. This one cannot
        // be named: h= holds no spaces.
        feed(dkim, "not a field:");
        return accepted;
    }

    Verdict verdict(DKIM* dkim, DKIM_SIGINFO* signature, const DkimLookups& lookups, const mail::Mail& mail) const {
        const auto trouble = lookups.troubles.find(signature);
        if (trouble != lookups.troubles.end()) return trouble->second;
        // Each alone is not enough: PASSED stands before the body is looked at, and the body hash of what was never
        // looked at "matches".
        const int error = dkim_sig_geterror(signature);
        if (error != DKIM_SIGERROR_OK) return failure(signature, error);
        if (!DKIM_SIG_CHECK(signature)) return {SignatureResult::fail, "the signature does not match"};
        return judged(properties(dkim, signature), options_.dkim, mail.header.fields(),
                      std::chrono::system_clock::now());
    }

    static void conclude(Authentication& result) {
        if (!result.from) return;
        const auto has = [&](SignatureResult wanted) {
            return std::any_of(result.signatures.begin(), result.signatures.end(), [&](const Signature& signature) {
                return signature.aligned && signature.result == wanted;
            });
        };
        result.authenticated = has(SignatureResult::pass);
        result.temporary = !result.authenticated && has(SignatureResult::temperror);
        if (!result.authenticated) return;
        result.by = "dkim";
        result.very_domain = std::ranges::any_of(result.signatures, [&](const Signature& signature) {
            return signature.result == SignatureResult::pass && signature.domain == result.from->domain();
        });
    }

    policy::config::Authentication options_;
    std::unique_ptr<KeySource> keys_;
    std::unique_ptr<DKIM_LIB, FreeWith<&dkim_close>> library_;
};

DkimVerifier::DkimVerifier(const policy::config::Authentication& options, std::unique_ptr<KeySource> keys)
    : library_(std::make_unique<Library>(options, std::move(keys))) {}

DkimVerifier::~DkimVerifier() = default;

Authentication DkimVerifier::verify(const mail::Mail& mail, calendar::base::Deadline deadline) const {
    return library_->verify(mail, deadline);
}

}  // namespace milter::authentication
