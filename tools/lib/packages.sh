# The Debian 12 packages that Gatehouse is built, tested and shown with. Sourced by quickstart and check.

BUILD_PACKAGES="g++ cmake ninja-build pkg-config ccache libpcap-dev libnetfilter-queue-dev libmnl-dev libhyperscan-dev libyaml-cpp-dev
  nlohmann-json3-dev libfmt-dev libspdlog-dev libcli11-dev libexpected-dev libssl-dev libsqlite3-dev libidn2-dev
  libpsl-dev libhowardhinnant-date-dev tzdata libgtest-dev libgmock-dev libbenchmark-dev libcurl4-openssl-dev
  libboost1.81-dev libsystemd-dev libcap-ng-dev libseccomp-dev libngtcp2-dev libngtcp2-crypto-gnutls-dev libgnutls28-dev python3"
# What shows the gate live, between network namespaces.
LIVE_PACKAGES="iproute2 iptables curl openssl"
CHECK_PACKAGES="$BUILD_PACKAGES $LIVE_PACKAGES clang libclang-rt-14-dev llvm python3-scapy python3-cryptography
  caddy nginx-light dnsmasq-base bind9-dnsutils wget chromium python3-aiosmtpd freeradius freeradius-utils rsyslog
  udhcpc poppler-utils"

# Installs those of the named packages that are missing; says which, and what to do when it may not.
install_missing() {
  local missing=""
  for package in $1; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  echo "== installing:$missing"
  if [ "$(id -u)" != 0 ]; then
    echo "This needs root once. As root: apt-get install --no-install-recommends$missing" >&2
    return 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
