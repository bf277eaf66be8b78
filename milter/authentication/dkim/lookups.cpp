#include "milter/authentication/dkim/lookups.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#define _Bool bool  // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): a word of C that dkim.h uses
#include <opendkim/dkim.h>
#undef _Bool

#include "calendar/base/text.h"
#include "milter/authentication/alignment.h"
#include "milter/authentication/dkim/signature.h"
#include "milter/authentication/dkim/signature_field.h"

namespace milter::authentication {

namespace {

using Clock = std::chrono::steady_clock;

DKIM_CBSTAT copy_key(const KeyAnswer& answer, DkimLookups& lookups, const DKIM_SIGINFO* signature, u_char* buffer,
                     std::size_t size) {
    if (const auto* trouble = std::get_if<KeyTrouble>(&answer)) {
        lookups.troubles[signature] = {SignatureResult::temperror,
                                       "DNS lookup of the DKIM key failed: " + trouble->detail};
        return DKIM_CBSTAT_TRYAGAIN;
    }
    const auto* key = std::get_if<std::string>(&answer);
    if (key == nullptr) return DKIM_CBSTAT_NOTFOUND;
    if (key->size() >= size || key->find('\0') != std::string::npos) {
        lookups.troubles[signature] = {SignatureResult::permerror, "the key record is too large"};
        return DKIM_CBSTAT_NOTFOUND;
    }
    buffer[key->copy(reinterpret_cast<char*>(buffer), size)] = '\0';
    return DKIM_CBSTAT_CONTINUE;
}

/// Never DKIM_CBSTAT_DEFAULT: then libopendkim would ask by its own resolver, which is not thread-safe.
DKIM_CBSTAT find_key(DKIM* dkim, DKIM_SIGINFO* signature, u_char* buffer, std::size_t size) noexcept {
    try {
        auto& lookups = *static_cast<DkimLookups*>(dkim_get_user_context(dkim));
        const auto name = key_name(selector_of(signature), domain_of(signature));
        if (!name) {
            lookups.troubles[signature] = {SignatureResult::permerror,
                                           "selector and domain do not form a valid DNS name"};
            return DKIM_CBSTAT_NOTFOUND;
        }
        const bool in_time = Clock::now() < lookups.deadline;
        const auto answer = in_time ? lookups.keys.ask(*name, lookups.deadline) : KeyAnswer{KeyTrouble{"timed out"}};
        return copy_key(answer, lookups, signature, buffer, size);
    } catch (...) {
        return DKIM_CBSTAT_ERROR;
    }
}

/// Verifies every signature (dkim_eom() by itself stops at the first good one), aligned ones first while there is time
/// for look-ups.
DKIM_CBSTAT process_all(DKIM* dkim, DKIM_SIGINFO** signatures, int count) noexcept {
    try {
        auto& lookups = *static_cast<DkimLookups*>(dkim_get_user_context(dkim));
        const auto is_aligned = [&](DKIM_SIGINFO* signature) {
            return aligned(calendar::base::lowered(domain_of(signature)), lookups.from_domain,
                           lookups.options.alignment);
        };
        std::vector<DKIM_SIGINFO*> order(signatures, signatures + count);
        std::stable_partition(order.begin(), order.end(), is_aligned);
        for (auto* signature : order) {
            // Without the error it would be processed, and its key asked for, a second time.
            if (dkim_sig_process(dkim, signature) != DKIM_STAT_OK) dkim_sig_seterror(signature, DKIM_SIGERROR_KEYFAIL);
        }
        lookups.done = true;
        return DKIM_CBSTAT_CONTINUE;
    } catch (...) {
        return DKIM_CBSTAT_ERROR;
    }
}

}  // namespace

void use_lookups(DKIM_LIB* library) {
    if (dkim_set_key_lookup(library, find_key) != DKIM_STAT_OK || dkim_set_final(library, process_all) != DKIM_STAT_OK)
        throw std::runtime_error("libopendkim rejected a callback");
}

}  // namespace milter::authentication
