#!/bin/sh
# The same for Linux machines: called by pam_exec (session optional pam_exec.so /usr/local/sbin/gatehouse-logon.sh), as
# root. PAM says in PAM_TYPE whether somebody comes or goes. Keep the token readable to root only.
set -eu
lodge=${GATEHOUSE_LODGE:-https://gatehouse.college.example:8444}
token=${GATEHOUSE_TOKEN_FILE:-/etc/gatehouse-token}
case ${PAM_TYPE:-} in
  open_session) event=logon ;;
  close_session) event=logoff ;;
  *) exit 0 ;;
esac
body=$(printf '{"login":"%s"}' "$(printf %s "$PAM_USER" | tr -d '"\\')")
# The token goes by a pipe: a command line can be read by everybody on the machine.
printf 'Authorization: Bearer %s\n' "$(cat "$token")" |
  curl --silent --show-error --fail --max-time 10 ${GATEHOUSE_CA:+--cacert "$GATEHOUSE_CA"} \
    --header @- --header 'Content-Type: application/json' --data "$body" "$lodge/$event"
