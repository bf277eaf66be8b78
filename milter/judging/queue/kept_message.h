#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/base/deadline.h"
#include "calendar/base/lru_cache.h"
#include "calendar/delivery/state/kept_messages.h"
#include "milter/authentication/authentication.h"
#include "milter/authentication/dkim/dkim.h"

namespace milter::judging {

/// A mail as the state keeps it (base64), so that its signature can be verified when DNS answers.
calendar::delivery::KeptMessage kept_message(std::string_view bytes);
/// The bytes again. Throws std::invalid_argument when the text is not base64.
std::string bytes_of_kept_message(std::string_view text);

/// Verifies each kept message once, for all jobs that hang on it. Thread-safe.
class KeptMessages {
  public:
    /// The text of a kept message; none: it is gone.
    using Read = std::function<std::optional<std::string>(const std::string& id)>;

    explicit KeptMessages(Read read, calendar::base::Now now = &std::chrono::steady_clock::now);

    /// None: the mail is gone. What DNS did not say is asked again after some seconds, everything else never.
    std::optional<authentication::Authentication> verify(const std::string& id,
                                                         const authentication::DkimVerifier& verifier,
                                                         calendar::base::Deadline deadline);

  private:
    struct Proof {
        std::mutex mutex;  ///< of whoever verifies; the others wait for the result
        std::optional<authentication::Authentication> result;
        calendar::base::Deadline ask_again = calendar::base::Deadline::max();
    };

    const Read read_;
    const calendar::base::Now now_;
    calendar::base::LruCache<std::string, std::shared_ptr<Proof>> proofs_;
};

}  // namespace milter::judging
