# What is needed from Debian 12, in one place. To be sourced.
# install_packages GROUP… installs those of the groups' packages that are missing.

# libboost-dev: Debian's SOCI headers include Boost's, and libsoci-dev does not bring them. libevent-dev and nettle-dev: pkg-config
# looks for what libunbound itself is linked with.
packages_build="ca-certificates cmake g++ git ninja-build pkg-config
  libboost-dev libcli11-dev libcurl4-openssl-dev libevent-dev libexpected-dev libfmt-dev libgmime-3.0-dev libical-dev libicu-dev
  libldap-dev libmilter-dev libopendkim-dev libpq-dev libpsl-dev libpugixml-dev libseccomp-dev libsoci-dev libspdlog-dev libsqlite3-dev
  libssl-dev libunbound-dev libyaml-cpp-dev nettle-dev nlohmann-json3-dev tzdata"
packages_demo="opendkim opendkim-tools"
packages_postfix="postfix sasl2-bin libsasl2-modules libsasl2-modules-db swaks"
packages_test="doctest-dev libbenchmark-dev clang-16 libclang-rt-16-dev clang-format-14 clang-tidy-14 mandoc python3 curl procps
  radicale xandikos unbound bind9-dnsutils khal python3-dkim systemd slapd ldap-utils postgresql-15 postgresql-client-15 util-linux"
packages_sendmail="m4 libldap-2.5-0 libsasl2-2 libwrap0 libdb5.3 libnsl2"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Runs a command. No service is started by what it installs, and none afterwards is held.
without_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || { "$@"; return; }
    local status=0
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
    "$@" || status=$?
    as_root rm -f /usr/sbin/policy-rc.d
    return $status
}

install_packages() {
    local group variable name missing=()
    for group in "$@"; do
        variable="packages_$group"
        for name in ${!variable}; do
            [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
        done
    done
    [ ${#missing[@]} = 0 ] && return 0
    echo "installing: ${missing[*]}"
    as_root apt-get -qq update
    without_services as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends --no-remove "${missing[@]}" >/dev/null
}
