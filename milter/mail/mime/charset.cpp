#include "milter/mail/mime/charset.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>

#include <iconv.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include "calendar/base/free_with.h"
#include "calendar/base/text.h"

namespace milter::mail {

namespace {

/// ICU's converters, which need no file.
class IcuConverter {
  public:
    explicit IcuConverter(const std::string& charset) : handle_(ucnv_open(charset.c_str(), &error_)) {
        ucnv_setToUCallBack(handle_.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error_);
    }
    explicit operator bool() const { return U_SUCCESS(error_); }

    std::optional<std::string> all(std::string_view in) {
        const auto size = static_cast<std::int32_t>(in.size());
        const auto units = size * 2 + 2;  // no converter makes more of a byte
        icu::UnicodeString text;
        const auto written = ucnv_toUChars(handle_.get(), text.getBuffer(units), units, in.data(), size, &error_);
        text.releaseBuffer(U_SUCCESS(error_) ? written : 0);
        std::string out;
        return U_SUCCESS(error_) ? std::optional(text.toUTF8String(out)) : std::nullopt;
    }

  private:
    UErrorCode error_ = U_ZERO_ERROR;
    std::unique_ptr<UConverter, calendar::base::FreeWith<&ucnv_close>> handle_;
};

const auto no_converter = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr): iconv's own idiom

/// The C library's, each a file: for the charsets that ICU does not have.
class IconvConverter {
  public:
    explicit IconvConverter(const std::string& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
    IconvConverter(const IconvConverter&) = delete;
    IconvConverter& operator=(const IconvConverter&) = delete;
    ~IconvConverter() {
        if (handle_ != no_converter) iconv_close(handle_);
    }
    explicit operator bool() const { return handle_ != no_converter; }

    std::optional<std::string> all(std::string in) {
        std::string out(in.size() + in.size() / 2 + 16, '\0');
        std::size_t written = 0;
        char* from = in.data();
        std::size_t from_left = in.size();
        bool flushing = false;
        for (;;) {
            char* to = out.data() + written;
            std::size_t to_left = out.size() - written;
            const std::size_t result =
                iconv(handle_, flushing ? nullptr : &from, flushing ? nullptr : &from_left, &to, &to_left);
            written = out.size() - to_left;
            if (result == static_cast<std::size_t>(-1)) {
                if (errno != E2BIG) return std::nullopt;
                out.resize(out.size() * 2);
            } else if (flushing) {
                break;
            } else {
                flushing = true;
            }
        }
        out.resize(written);
        return out;
    }

  private:
    iconv_t handle_;
};

/// iconv takes `//TRANSLIT` and the like behind a name, and paths from the environment, ICU takes options: only plain
/// names go there.
bool plain_name(std::string_view charset) {
    return !charset.empty() && charset.size() <= 40 && calendar::base::letters_digits_or(charset, "-_.:+");
}

/// Charset names in mail that have another name in the converters, or that cover more in mail than there.
struct Alias {
    std::string_view in_mail, name;
};
constexpr std::array<Alias, 8> aliases{{{"UTF8", "UTF-8"},
                                        {"US-ASCII", "UTF-8"},
                                        {"ASCII", "UTF-8"},
                                        {"KS_C_5601-1987", "WINDOWS-949"},
                                        {"CP949", "WINDOWS-949"},
                                        {"X-SJIS", "CP932"},
                                        {"EUC-JP-MS", "EUC-JP"},
                                        {"ISO-8859-8-I", "ISO-8859-8"}}};

std::string converter_name(std::string_view charset) {
    std::string name = calendar::base::uppered(charset);
    const auto alias = std::ranges::find(aliases, name, &Alias::in_mail);
    return alias == aliases.end() ? name : std::string(alias->name);
}

}  // namespace

std::optional<std::string> to_utf8(std::string bytes, std::string_view charset) {
    if (!plain_name(charset)) return std::nullopt;
    std::string name = converter_name(charset);
    if (name == "UTF-8") return bytes;
    if (name == "UTF-16" && !bytes.starts_with("\xFF\xFE") && !bytes.starts_with("\xFE\xFF")) name = "UTF-16BE";
    if (IcuConverter converter(name); converter) return converter.all(bytes);
    if (IconvConverter converter(name); converter) return converter.all(std::move(bytes));
    return std::nullopt;
}

class LenientText::Converter {
  public:
    explicit Converter(const std::string& charset) : handle_(ucnv_open(charset.c_str(), &error_)) {}
    explicit operator bool() const { return U_SUCCESS(error_); }

    /// A character stands for what is invalid: so it is where nothing else is asked for.
    std::string next(std::string_view bytes) {
        std::string text;
        const char* from = bytes.data();
        UErrorCode error = U_BUFFER_OVERFLOW_ERROR;
        while (error == U_BUFFER_OVERFLOW_ERROR) {
            error = U_ZERO_ERROR;
            std::array<UChar, 4096> units{};
            UChar* to = units.data();
            ucnv_toUnicode(handle_.get(), &to, units.data() + units.size(), &from, bytes.data() + bytes.size(), nullptr,
                           0, &error);
            for (const UChar* unit = units.data(); unit < to; ++unit)
                text += *unit < 0x80 ? static_cast<char>(*unit) : '?';
        }
        return text;
    }

  private:
    UErrorCode error_ = U_ZERO_ERROR;
    std::unique_ptr<UConverter, calendar::base::FreeWith<&ucnv_close>> handle_;
};

LenientText::LenientText(std::string_view charset) {
    const std::string name = plain_name(charset) ? converter_name(charset) : "UTF-8";
    if (name == "UTF-8") return;
    auto converter = std::make_unique<Converter>(name);
    if (*converter) converter_ = std::move(converter);
}

LenientText::~LenientText() = default;

std::string LenientText::next(std::string_view bytes) {
    return converter_ == nullptr ? std::string() : converter_->next(bytes);
}

void load_charsets() {
    // Each is a file that every cell maps, so that only what is needed is here: what ICU does not have, and what GMime
    // takes for the names of most files.
    for (const char* const name :
         {"ISO-8859-16", "VISCII", "TCVN", "KOI8-RU", "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252"})
        std::ignore = iconv_open("UTF-8", name);  // never closed: a converter's code is unloaded with its last user
}

}  // namespace milter::mail
