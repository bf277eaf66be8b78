#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/ldap/directory.h"
#include "tests/support/process.h"

namespace tests {

/// An OpenLDAP server with some people and an address book for bob, on a port of 127.0.0.1 and 127.0.0.2. Anonymous
/// clients see nothing; cn=milter, password pw-milter, reads everything.
class Slapd {
  public:
    /// `scheme`: ldap or ldaps. `settings`: lines for all of the server.
    explicit Slapd(const std::string& scheme = "ldap", const std::string& settings = {}) : scheme_(scheme) {
        make_certificate();
        write_text(folder() / "slapd.conf", settings + configuration());
        write_text(folder() / "tree.ldif", tree());
        write_text(folder() / "password", "pw-milter\n");
        std::filesystem::create_directory(folder() / "db");
        run({"/usr/sbin/slapadd", "-q", "-f", folder() / "slapd.conf", "-l", folder() / "tree.ldif"});
        server_ = start_server([&](std::uint16_t port) { return command(port); }, log());
    }

    const std::filesystem::path& folder() const { return folder_.path(); }
    std::filesystem::path certificate() const { return folder() / "certificate.pem"; }
    std::string url(const std::string& host = "127.0.0.1") const {
        return scheme_ + "://" + host + ":" + std::to_string(server_.port);
    }
    /// As cn=milter.
    policy::ldap::DirectoryOptions options() const {
        policy::ldap::DirectoryOptions made;
        made.url = url();
        made.bind_dn = "cn=milter,dc=example,dc=com";
        made.password_file = folder() / "password";
        made.timeout = std::chrono::seconds(20);
        return made;
    }
    std::uint16_t port() const { return server_.port; }

    /// It takes connections and says nothing; on return it has come to a stop.
    void suspend() const {
        siginfo_t info{};
        if (::kill(server_.process->id(), SIGSTOP) != 0 ||
            ::waitid(P_PID, static_cast<id_t>(server_.process->id()), &info, WSTOPPED) != 0)
            throw std::runtime_error("slapd cannot be stopped");
    }
    void resume() const { ::kill(server_.process->id(), SIGCONT); }
    void stop() { server_.process.reset(); }
    /// Again on the same port; waits until it answers.
    void start() {
        server_.process = std::make_unique<Process>(command(server_.port), log());
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!answers()) {
            if (std::chrono::steady_clock::now() > end) throw std::runtime_error("slapd: " + read_text(log()));
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

  private:
    bool answers() const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(server_.port);
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(socket);
        return connected;
    }

    std::filesystem::path log() const { return folder() / "log"; }

    std::vector<std::string> command(std::uint16_t port) const {
        const std::string end = ":" + std::to_string(port) + "/";
        const std::string listen = scheme_ + "://127.0.0.1" + end + " " + scheme_ + "://127.0.0.2" + end;
        // -d: in the foreground.
        return {"/usr/sbin/slapd", "-d", "0", "-f", folder() / "slapd.conf", "-h", listen};
    }

    void run(const std::vector<std::string>& command) const {
        if (Process(command, log()).wait() != 0) throw std::runtime_error(command[0] + ": " + read_text(log()));
    }

    /// For 127.0.0.1, signed by itself. The common name is no more than a comment there (RFC 6125 6.4.4).
    void make_certificate() const {
        run({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "30", "-subj", "/CN=127.0.0.2", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
             folder() / "key.pem", "-out", certificate()});
    }

    std::string configuration() const {
        const std::string d = folder().string();
        return R"(
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 2.16.840.1.113730.3.1.13 NAME 'mailAlternateAddress' EQUALITY caseIgnoreIA5Match
  SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )
objectclass ( 1.3.6.1.4.1.99999.1 NAME 'testMailUser' SUP top AUXILIARY MAY mailAlternateAddress )
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel stats
pidfile )" + d +
               "/pid\nTLSCertificateFile " + d + "/certificate.pem\nTLSCertificateKeyFile " + d + "/key.pem" + R"(
database mdb
suffix "dc=example,dc=com"
dbnosync
index objectClass,uid,mail,mailAlternateAddress eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=milter,dc=example,dc=com" read by * none
directory )" + d +
               "/db\n";
    }

    static std::string tree() {
        std::string text = R"(dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=milter,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: milter
userPassword: pw-milter

)";
        for (const char* name : {"people", "many", "addressbook"})
            text += unit(name, "dc=example,dc=com");
        text += unit("bob", "ou=addressbook,dc=example,dc=com");
        text += person("carol,ou=bob,ou=addressbook", "mail: carol@example.org\n");
        text += person("alice,ou=people", R"(mail: alice@example.com
uid: alice
employeeType: everyone
departmentNumber: dav
roomNumber: Europe/Berlin
)");
        text += person("bob,ou=people", R"(mail: Bob@example.com
mailAlternateAddress: robert@example.com
mailAlternateAddress: mailto:BOB@example.com
uid: bob
)");
        text += person("carl,ou=people", R"(mailAlternateAddress: SMTP:Carl@example.com
mailAlternateAddress: smtp:c.arl@example.com
mailAlternateAddress: sip:carl@example.com
uid: carl
)");
        text += person("twin1,ou=people", "mail: twins@example.com\nmail: one@example.com\nuid: twin1\n");
        text += person("twin2,ou=people", "mailAlternateAddress: twins@example.com\nuid: twin2\n");
        text += person("starred,ou=people", "mail: a*b@example.com\nuid: starred\n");
        text += person("nameless,ou=people", "mail: nameless@example.com\n");
        text += person("long,ou=people", "mail: long@example.com\nuid: " + std::string(101, 'u') + "\n");
        for (int i = 1; i <= 501; ++i)
            text += person("m" + std::to_string(i) + ",ou=many", i <= 500 ? "title: most\n" : "");
        return text;
    }
    static std::string unit(const std::string& name, const std::string& above) {
        return "dn: ou=" + name + "," + above + "\nobjectClass: organizationalUnit\nou: " + name + "\n\n";
    }
    static std::string person(const std::string& place, const std::string& attributes) {
        const auto name = place.substr(0, place.find(','));
        return "dn: cn=" + place +
               ",dc=example,dc=com\nobjectClass: inetOrgPerson\nobjectClass: testMailUser\ncn: " + name +
               "\nsn: " + name + "\n" + attributes + "\n";
    }

    TemporaryFolder folder_;
    std::string scheme_;
    Server server_;
};

}  // namespace tests
