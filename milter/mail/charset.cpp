#include "milter/mail/charset.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>

#include <iconv.h>

#include "calendar/base/text.h"

namespace milter::mail {

namespace {

const auto no_converter = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr): iconv's own idiom

class Converter {
  public:
    explicit Converter(const std::string& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() {
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

/// iconv takes `//TRANSLIT` and the like behind a name, and paths from the environment: only plain names go there.
bool plain_name(std::string_view charset) {
    return !charset.empty() && charset.size() <= 40 && calendar::base::letters_digits_or(charset, "-_.:+");
}

/// Names in mail for what iconv knows by another name, or holds for less than what is written under it.
struct Alias {
    std::string_view in_mail, name;
};
constexpr std::array<Alias, 4> aliases{
    {{"UTF8", "UTF-8"}, {"KS_C_5601-1987", "CP949"}, {"X-SJIS", "CP932"}, {"ISO-8859-8-I", "ISO-8859-8"}}};

/// As iconv_open() takes it.
std::string iconv_name(std::string_view charset) {
    std::string name = calendar::base::uppered(charset);
    const auto alias = std::ranges::find(aliases, name, &Alias::in_mail);
    return alias == aliases.end() ? name : std::string(alias->name);
}

}  // namespace

std::optional<std::string> to_utf8(std::string bytes, std::string_view charset) {
    if (!plain_name(charset)) return std::nullopt;
    std::string name = iconv_name(charset);
    if (name == "UTF-8") return bytes;
    if (name == "UTF-16" && !bytes.starts_with("\xFF\xFE") && !bytes.starts_with("\xFE\xFF")) name = "UTF-16BE";
    Converter converter(name);
    if (!converter) return std::nullopt;
    return converter.all(std::move(bytes));
}

void load_charsets() {
    for (const char* const name :
         {"US-ASCII",     "UTF-16",       "UTF-16LE",     "UTF-16BE",      "UTF-32",       "UTF-7",
          "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",    "ISO-8859-5",   "ISO-8859-6",
          "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",   "ISO-8859-11",  "ISO-8859-13",
          "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",  "WINDOWS-1250",  "WINDOWS-1251", "WINDOWS-1252",
          "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256",  "WINDOWS-1257", "WINDOWS-1258",
          "KOI8-R",       "KOI8-U",       "TIS-620",      "MACINTOSH",     "IBM437",       "IBM850",
          "IBM852",       "IBM866",       "GB2312",       "GBK",           "GB18030",      "HZ",
          "BIG5",         "BIG5-HKSCS",   "SHIFT_JIS",    "CP932",         "EUC-JP",       "EUC-KR",
          "CP949",        "EUC-TW",       "ISO-2022-JP",  "ISO-2022-JP-2", "ISO-2022-KR",  "ISO-2022-CN",
          "WINDOWS-874",  "VISCII",       "TCVN",         "KOI8-RU",       "MAC-CYRILLIC", "EUC-JP-MS",
          "IBM858"})
        std::ignore = iconv_open("UTF-8", name);  // never closed: a converter's code is unloaded with its last user
}

}  // namespace milter::mail
