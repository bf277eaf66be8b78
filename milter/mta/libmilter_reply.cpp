#include "milter/mta/libmilter_reply.h"

#include <string>
#include <string_view>

#include <libmilter/mfapi.h>

#include "milter/daemon/log.h"

namespace milter::mta {

namespace {

/// Header values that end in NUL, for a C interface that takes char*.
char* c_text(std::string& text) {
    return text.data();
}

/// libmilter hands the text to the MTA as a format string.
std::string format_of(std::string_view text) {
    std::string format;
    for (const char c : text)
        format.append(c == '%' ? 2 : 1, c);
    return format;
}

}  // namespace

void remove_forged(SMFICTX* ctx, std::size_t count) {
    bool removed = true;
    std::string name(processing_field);
    // The last one first: a removal moves those behind it.
    for (auto index = static_cast<int>(count); index > 0 && removed; --index)
        removed = smfi_chgheader(ctx, c_text(name), index, nullptr) == MI_SUCCESS;
    if (!removed) {
        daemon::log(policy::config::Log::Level::warning, {}, "forged-field-stays",
                    {{"detail", "the MTA did not allow a header field to be removed"}});
    }
}

int give(SMFICTX* ctx, Reply reply, LeadingSpace space) {
    std::string name(processing_field);
    if (!reply.field.empty()) {
        std::string value = (space == LeadingSpace::kept ? " " : "") + folded(reply.field);
        if (smfi_insheader(ctx, 0, c_text(name), c_text(value)) != MI_SUCCESS) {
            daemon::log(policy::config::Log::Level::warning, {}, "no-header-field",
                        {{"detail", "the MTA did not allow a header field to be added"}});
        }
    }
    switch (reply.verdict) {
        case Reply::Verdict::deliver:
            return SMFIS_ACCEPT;
        case Reply::Verdict::quarantine:
            if (smfi_quarantine(ctx, c_text(reply.quarantine_reason)) != MI_SUCCESS) {
                daemon::log(policy::config::Log::Level::warning, {}, "no-quarantine",
                            {{"detail", "the MTA did not allow the message to be quarantined; it is delivered"}});
            }
            return SMFIS_ACCEPT;
        case Reply::Verdict::reject:
            reply.smtp.text = format_of(reply.smtp.text);
            smfi_setreply(ctx, c_text(reply.smtp.code), c_text(reply.smtp.status), c_text(reply.smtp.text));
            return reply.smtp.code.starts_with('4') ? SMFIS_TEMPFAIL : SMFIS_REJECT;
        case Reply::Verdict::discard:
            return SMFIS_DISCARD;
        case Reply::Verdict::tempfail:
            return SMFIS_TEMPFAIL;
    }
    return SMFIS_ACCEPT;
}

}  // namespace milter::mta
