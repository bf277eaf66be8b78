#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "calendar/base/deadline.h"
#include "milter/authentication/authentication.h"
#include "milter/mail/mail.h"
#include "policy/config/authentication.h"

namespace milter::authentication {

/// The result of a key lookup: the TXT record's text, that there is none, or that the lookup failed.
struct NoKey {};
struct KeyTrouble {
    std::string detail;
};
using KeyAnswer = std::variant<std::string, NoKey, KeyTrouble>;

/// Where DKIM keys come from. Thread-safe. `name` is a stranger's text, at most 253 bytes of a valid DNS name when
/// asked.
class KeySource {
  public:
    virtual ~KeySource() = default;
    virtual KeyAnswer ask(const std::string& name, calendar::base::Deadline deadline) = 0;
};

/// Lines `selector._domainkey.domain v=DKIM1; …`; read once. Throws std::runtime_error when unreadable or malformed
/// (FILE:LINE).
std::unique_ptr<KeySource> make_key_file(const std::filesystem::path& file);
/// DNS by libunbound: cached, thread-safe, time-limited. Without name servers: those of resolv.conf. A signing domain
/// that did not answer is not asked again for 20 s.
std::unique_ptr<KeySource> make_resolver(const std::vector<policy::config::NameServer>& nameservers,
                                         calendar::base::Now now = &std::chrono::steady_clock::now);

/// Verifies DKIM signatures (RFC 6376) by libopendkim and judges what they are worth. One per process or
/// configuration; thread-safe.
class DkimVerifier {
  public:
    DkimVerifier(const policy::config::Authentication& options, std::unique_ptr<KeySource> keys);
    ~DkimVerifier();

    /// A bare LF is taken for CRLF in the header only. Never throws for what a message says. A lookup that has not
    /// ended by `deadline` is a temporary failure.
    Authentication verify(const mail::Mail& mail, calendar::base::Deadline deadline) const;

  private:
    class Library;
    std::unique_ptr<Library> library_;
};

}  // namespace milter::authentication
