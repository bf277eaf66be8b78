#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace milter::mail {

/// `bytes` in UTF-8. None when the charset is unknown or the bytes are not valid in it; nothing is guessed. UTF-8
/// itself comes back as it is, unchecked: read_calendar() does that. UTF-16 without a byte order mark is big-endian
/// (RFC 2781 4.3).
std::optional<std::string> to_utf8(std::string bytes, std::string_view charset);

/// A text that comes in pieces, as a reader may make of it who is less strict than to_utf8(), as far as ICU knows the
/// charset; each character that ASCII does not have is a `?`.
class LenientText {
  public:
    /// Of a charset that ICU does not know, or that is UTF-8, there is no text: every reader finds its ASCII as it is.
    explicit LenientText(std::string_view charset);
    ~LenientText();
    std::string next(std::string_view bytes);

  private:
    class Converter;
    std::unique_ptr<Converter> converter_;
};

/// Opens the converters that are files, and keeps them open, so that to_utf8() needs no file later.
void load_charsets();

}  // namespace milter::mail
