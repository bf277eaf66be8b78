// The least that a milter can do, to measure the others against:
//   null_milter headers SOCKET   accepts every mail at the end of its header; the body is never sent
//   null_milter body SOCKET      reads the body and lets the mail go on
#include <cstdio>
#include <cstring>
#include <string_view>

#include <libmilter/mfapi.h>
#include <sys/types.h>

namespace {

bool read_body = false;

sfsistat on_connect(SMFICTX*, char*, _SOCK_ADDR*) {
    return SMFIS_NOREPLY;
}
sfsistat on_envelope(SMFICTX*, char**) {
    return SMFIS_NOREPLY;
}
sfsistat on_header(SMFICTX*, char*, char*) {
    return SMFIS_NOREPLY;
}
sfsistat on_end_of_header(SMFICTX*) {
    return read_body ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}
sfsistat on_body(SMFICTX*, unsigned char*, size_t) {
    return SMFIS_NOREPLY;
}
sfsistat on_done(SMFICTX*) {
    return SMFIS_CONTINUE;
}

/// The same that the daemon negotiates: one answer a mail, two when the body is read.
sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long, unsigned long,
                      unsigned long* wanted_actions, unsigned long* wanted_steps, unsigned long* f2,
                      unsigned long* f3) {
    *wanted_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST);
    *wanted_steps = steps & (SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_MAIL |
                             SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_SKIP | SMFIP_HDR_LEADSPC);
    *f2 = *f3 = 0;
    char macros[] = "i {auth_authen}";
    if ((actions & SMFIF_SETSYMLIST) != 0) smfi_setsymlist(context, SMFIM_EOM, macros);
    return SMFIS_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || (std::strcmp(argv[1], "headers") != 0 && std::strcmp(argv[1], "body") != 0)) {
        std::fputs("usage: null_milter headers|body SOCKET\n", stderr);
        return 2;
    }
    read_body = std::strcmp(argv[1], "body") == 0;
    char name[] = "null_milter";
    smfiDesc description{};
    description.xxfi_name = name;
    description.xxfi_version = SMFI_VERSION;
    description.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
    description.xxfi_connect = on_connect;
    description.xxfi_envfrom = on_envelope;
    description.xxfi_envrcpt = on_envelope;
    description.xxfi_header = on_header;
    description.xxfi_eoh = on_end_of_header;
    description.xxfi_body = on_body;
    description.xxfi_eom = on_done;
    description.xxfi_abort = on_done;
    description.xxfi_close = on_done;
    description.xxfi_negotiate = on_negotiate;
    if (smfi_register(description) != MI_SUCCESS || smfi_setconn(argv[2]) != MI_SUCCESS) return 1;
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
