#include "milter/mail/mime/mime.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <gmime/gmime.h>

#include "calendar/base/free_with.h"
#include "calendar/base/text.h"
#include "milter/mail/header/content_fields.h"
#include "milter/mail/header/header.h"
#include "milter/mail/mime/bounds.h"
#include "milter/mail/mime/charset.h"
#include "milter/mail/mime/header_blocks.h"
#include "milter/mail/mime/method_search.h"

namespace milter::mail {

using calendar::itip::Expected;
using calendar::itip::Reason;
using calendar::itip::refuse;

namespace {

template <class T>
using GRef = std::unique_ptr<T, calendar::base::FreeWith<&g_object_unref>>;
/// Frees the array, not the bytes, which are the caller's.
struct ForgetBytes {
    void operator()(GByteArray* array) const { g_byte_array_free(array, FALSE); }
};

std::string lower(const char* text) {
    return calendar::base::lowered(text == nullptr ? "" : text);
}

std::optional<std::string> optional(const char* text) {
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

/// A parameter without what is not part of it: white space, and a comment behind it (RFC 2045 5.1), which GMime keeps.
/// None when nothing is left.
std::optional<std::string> parameter(GMimeContentType* type, const char* name) {
    const char* const text = g_mime_content_type_get_parameter(type, name);
    if (text == nullptr) return std::nullopt;
    using calendar::base::trimmed;
    using calendar::base::white_space;
    std::string_view value = trimmed(text, white_space);
    if (value.ends_with(')')) value = trimmed(value.substr(0, value.find('(')), white_space);
    return value.empty() ? std::nullopt : std::optional<std::string>(value);
}

bool is_calendar_type(const std::string& type) {
    return type == "text/calendar" || type == "application/ics" || type == "text/x-vcalendar";
}

/// One place in the tree that is still to be looked at.
struct Node {
    GMimeObject* object;
    std::string path;  ///< empty for a multipart at the top, which has no number
    std::size_t depth;
    bool in_alternative;
};

std::size_t count_fields(GMimeObject* object, const char* name) {
    GMimeHeaderList* const list = g_mime_object_get_header_list(object);
    std::size_t count = 0;
    for (int i = 0; i < g_mime_header_list_get_count(list); ++i)
        if (g_ascii_strcasecmp(g_mime_header_get_name(g_mime_header_list_get_header_at(list, i)), name) == 0) ++count;
    return count;
}

/// Looks for a `=` with blanks between it and the end of its line.
class PaddedBreakSearch {
  public:
    void feed(std::string_view encoded) noexcept {
        for (const char c : encoded) {
            const bool blank = c == ' ' || c == '\t';
            found_ = found_ || (padded_ && (c == '\r' || c == '\n'));
            padded_ = blank && (padded_ || after_equals_);
            after_equals_ = c == '=';
        }
    }
    bool found() const noexcept { return found_; }

  private:
    bool after_equals_ = false, padded_ = false, found_ = false;
};

/// Undoes a transfer encoding; calls `look` for each piece as it is and `use` for each that is decoded.
template <class Look, class Use>
void decode(GMimePart* part, GMimeContentEncoding encoding, Look look, Use use) {
    GMimeDataWrapper* const content = g_mime_part_get_content(part);
    if (content == nullptr) return;
    GMimeStream* const stream = g_mime_data_wrapper_get_stream(content);
    g_mime_stream_reset(stream);
    GMimeEncoding state;
    g_mime_encoding_init_decode(&state, encoding);
    std::array<char, 16 * 1024> in{};
    std::string chunk;
    for (;;) {
        const ssize_t count = g_mime_stream_read(stream, in.data(), in.size());
        const std::size_t read = count > 0 ? static_cast<std::size_t>(count) : 0;
        look(std::string_view(in.data(), read));
        chunk.resize(g_mime_encoding_outlen(&state, read) + 64);
        const std::size_t decoded = read > 0 ? g_mime_encoding_step(&state, in.data(), read, chunk.data())
                                             : g_mime_encoding_flush(&state, in.data(), 0, chunk.data());
        use(std::string_view(chunk).substr(0, decoded));
        if (read == 0) return;
    }
}

/// To a reader who takes an encoding that nobody knows for one of these (`base64;`, `x-base64`).
bool names_method_in_some_encoding(GMimePart* part, std::string_view charset) {
    return std::ranges::any_of(std::array{GMIME_CONTENT_ENCODING_DEFAULT, GMIME_CONTENT_ENCODING_BASE64,
                                          GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, GMIME_CONTENT_ENCODING_UUENCODE},
                               [&](GMimeContentEncoding encoding) {
                                   MethodSearch search(charset);
                                   decode(
                                       part, encoding, [](std::string_view) {},
                                       [&](std::string_view piece) { search.feed(piece); });
                                   return search.found();
                               });
}

/// Fills in `text`; the error is why it cannot.
Expected<void> read_text(GMimePart* part, const MimeLimits& limits, MimePart& out) {
    auto* const object = reinterpret_cast<GMimeObject*>(part);
    out.names_method = true;  // with other fields for other readers, who knows what they find
    for (const char* const field : {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"})
        if (count_fields(object, field) > 1)
            return refuse(Reason::bad_mime, fmt::format("duplicate {} header field", field));
    const std::string_view charset = out.charset ? std::string_view(*out.charset) : "";
    const GMimeContentEncoding encoding = g_mime_part_get_content_encoding(part);
    if (encoding == GMIME_CONTENT_ENCODING_DEFAULT && count_fields(object, "Content-Transfer-Encoding") > 0) {
        out.names_method = names_method_in_some_encoding(part, charset);
        return refuse(Reason::bad_encoding, "unknown transfer encoding");
    }
    std::string text;
    MethodSearch search(charset);
    PaddedBreakSearch padded;
    decode(
        part, encoding, [&](std::string_view piece) { padded.feed(piece); },
        [&](std::string_view piece) {
            search.feed(piece);
            out.bytes += piece.size();
            if (out.bytes <= limits.bytes) text += piece;
        });
    out.names_method = search.found();
    // RFC 2045 6.7 joins the lines, GMime does not; and no DKIM signature with a relaxed body covers the blanks.
    if (encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE && padded.found())
        return refuse(Reason::bad_encoding, "white space after a soft line break of quoted-printable");
    if (out.bytes > limits.bytes)
        return refuse(Reason::too_large, fmt::format("{} bytes; the limit is {}", out.bytes, limits.bytes));
    if (out.charset) {
        auto converted = to_utf8(std::move(text), charset);
        if (!converted)
            return refuse(Reason::bad_encoding, "unknown charset, or text that is not valid in it: " + *out.charset);
        text = std::move(*converted);
    }
    out.text = std::move(text);
    return {};
}

std::optional<MimePart> candidate(const Node& node, const MimeLimits& limits) {
    GMimeContentType* const type = g_mime_object_get_content_type(node.object);
    if (type == nullptr || !GMIME_IS_PART(node.object)) return std::nullopt;
    auto* const part = reinterpret_cast<GMimePart*>(node.object);
    MimePart out;
    const std::string media = lower(g_mime_content_type_get_media_type(type));
    out.content_type = media + "/" + lower(g_mime_content_type_get_media_subtype(type));
    out.filename = optional(g_mime_part_get_filename(part));
    const bool named = media == "application" && out.filename && lower(out.filename->c_str()).ends_with(".ics");
    if (!is_calendar_type(out.content_type) && !named) return std::nullopt;

    out.path = node.path;
    out.in_alternative = node.in_alternative;
    out.method_parameter = parameter(type, "method");
    if (const auto charset = parameter(type, "charset")) out.charset = lower(charset->c_str());
    if (const char* const disposition = g_mime_object_get_disposition(node.object); disposition && *disposition != '\0')
        out.disposition = lower(disposition);
    if (auto text = read_text(part, limits, out); !text) out.error = text.error();
    return out;
}

/// Bytes of ours that GMime reads. It only reads them: no copy of 25 MiB for its missing const.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes)
        : array_(g_byte_array_new_take(reinterpret_cast<guint8*>(const_cast<char*>(bytes.data())), bytes.size())),
          stream_(g_mime_stream_mem_new()) {
        auto* const memory = reinterpret_cast<GMimeStreamMem*>(stream_.get());
        g_mime_stream_mem_set_byte_array(memory, array_.get());
        g_mime_stream_mem_set_owner(memory, FALSE);
    }
    GMimeStream* stream() const noexcept { return stream_.get(); }

  private:
    std::unique_ptr<GByteArray, ForgetBytes> array_;
    GRef<GMimeStream> stream_;
};

/// The tree and the bytes that it points into.
class Tree {
  public:
    /// Of the header GMime sees only the fields of the content: it makes several objects of each.
    explicit Tree(std::string_view message) : Tree(message, header_block(message, 0)) {}
    GMimeObject* root() const noexcept { return root_.get(); }  ///< null when it is not a message

  private:
    Tree(std::string_view message, std::string_view header)
        : header_(content_fields(header)), header_bytes_(header_), rest_(message.substr(header.size())) {
        const GRef<GMimeStream> whole(g_mime_stream_cat_new());
        for (const Bytes* const bytes : {&header_bytes_, &rest_})
            g_mime_stream_cat_add_source(reinterpret_cast<GMimeStreamCat*>(whole.get()), bytes->stream());
        const GRef<GMimeParser> parser(g_mime_parser_new_with_stream(whole.get()));
        root_.reset(g_mime_parser_construct_part(parser.get(), nullptr));
    }

    const std::string header_;
    const Bytes header_bytes_, rest_;
    GRef<GMimeObject> root_;  // last, so gone first: its parts read from those
};

}  // namespace

std::optional<std::int64_t> date_of(std::string_view text) {
    constexpr std::size_t longest = 100;                    // bytes
    constexpr std::int64_t end_of_dates = 253'402'300'800;  // the year 10000
    if (text.size() > longest) return std::nullopt;
    const std::unique_ptr<GDateTime, calendar::base::FreeWith<&g_date_time_unref>> date(
        g_mime_utils_header_decode_date(std::string(text).c_str()));
    const std::int64_t seconds = date == nullptr ? -1 : g_date_time_to_unix(date.get());
    return seconds >= 0 && seconds < end_of_dates ? std::optional(seconds) : std::nullopt;
}

void prepare_mime() {
    static std::once_flag once;
    std::call_once(once, [] {
        g_mime_init();
        // Attached messages stay closed: what was forwarded or bounced is not for us, and GMime reads address lists by
        // recursion without bound, which 82 KB of "a:a:a:…" turn into a crash.
        for (const char* const subtype : {"rfc822", "rfc2822", "global", "news", "partial", "*"})
            g_mime_object_register_type("message", subtype, GMIME_TYPE_PART);
    });
}

Expected<std::vector<MimePart>> calendar_parts(std::string_view message, const MimeLimits& limits) {
    prepare_mime();
    if (message.empty() || message.size() >= G_MAXUINT) return refuse(Reason::bad_mime, "not a message");
    if (auto bounded = check_bounds(message, limits); !bounded) return tl::unexpected(bounded.error());
    const Tree tree(message);
    GMimeObject* const root = tree.root();
    if (root == nullptr) return refuse(Reason::bad_mime, "not a message");

    std::vector<MimePart> found;
    std::size_t seen = 0;
    std::vector<Node> open{
        {.object = root, .path = GMIME_IS_MULTIPART(root) ? "" : "1", .depth = 0, .in_alternative = false}};
    while (!open.empty()) {
        const Node node = std::move(open.back());
        open.pop_back();
        if (++seen > limits.parts)
            return refuse(Reason::too_many_parts, fmt::format("more than {} MIME parts", limits.parts));
        if (GMIME_IS_MULTIPART(node.object)) {
            if (node.depth >= limits.depth)
                return refuse(Reason::too_deep, fmt::format("multiparts are nested deeper than {}", limits.depth));
            auto* const multipart = reinterpret_cast<GMimeMultipart*>(node.object);
            const bool alternative = g_mime_content_type_is_type(g_mime_object_get_content_type(node.object),
                                                                 "multipart", "alternative") != 0;
            const int count = g_mime_multipart_get_count(multipart);
            if (count > 0 && open.size() + static_cast<std::size_t>(count) > limits.parts)
                return refuse(Reason::too_many_parts, fmt::format("more than {} MIME parts", limits.parts));
            for (int i = count; i-- > 0;)  // from the last, so that the first is on top
                open.push_back(
                    {.object = g_mime_multipart_get_part(multipart, i),
                     .path = node.path.empty() ? std::to_string(i + 1) : fmt::format("{}.{}", node.path, i + 1),
                     .depth = node.depth + 1,
                     .in_alternative = alternative});
        } else if (auto part = candidate(node, limits)) {
            if (found.size() == limits.calendar_parts)
                return refuse(Reason::too_many_parts,
                              fmt::format("more than {} calendar parts", limits.calendar_parts));
            found.push_back(std::move(*part));
        }
    }
    return found;
}

}  // namespace milter::mail
