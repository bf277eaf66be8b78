#pragma once

#include <string_view>
#include <utility>

#include "milter/mail/envelope.h"
#include "milter/mail/header/header.h"

namespace milter::mail {

/// How much of a message is at hand.
enum class Extent {
    whole,
    cut,  ///< it was larger than `limits: message`
};

/// One message on its way. Refers to what its owner keeps: a session, or a MailOfBytes.
struct Mail {
    const Envelope& envelope;
    const Header& header;
    std::string_view bytes;  ///< as received, with CRLF line ends
    Extent extent = Extent::whole;

    std::string_view body() const noexcept { return header.body_of(bytes); }
};

/// A message that comes from no MTA: out of a file, or kept for later. `bytes` outlives it; at most `largest` of them
/// count.
class MailOfBytes {
  public:
    MailOfBytes(std::string_view bytes, Envelope envelope, std::size_t largest = std::string_view::npos)
        : bytes_(bytes.substr(0, largest)),
          envelope_(std::move(envelope)),
          header_(Header::of(bytes_)),
          extent_(bytes.size() > largest ? Extent::cut : Extent::whole) {}

    const Header& header() const noexcept { return header_; }
    Mail mail() const noexcept {
        return {.envelope = envelope_, .header = header_, .bytes = bytes_, .extent = extent_};
    }

  private:
    std::string_view bytes_;
    Envelope envelope_;
    Header header_;
    Extent extent_;
};

}  // namespace milter::mail
