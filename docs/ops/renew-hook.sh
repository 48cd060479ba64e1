#!/bin/sh
# Hands a renewed certificate to the daemon: a deploy hook of certbot, acme.sh, lego and the like.
#
#   renew-hook.sh CHAIN KEY TARGET-CHAIN TARGET-KEY
#   certbot renew --deploy-hook '/usr/local/lib/pool/renew-hook.sh $RENEWED_LINEAGE/fullchain.pem $RENEWED_LINEAGE/privkey.pem \
#       /etc/pool/site.pem /etc/pool/site.key'
#
# Both files are checked to belong together, and take the places of the old ones whole. The daemon looks at the files of
# its fronts every few seconds; the reload is for the certificate of [remote]. Open connections go on with the old one.
# Exit: 0 handed over, 1 the files are not a pair, 2 usage.
set -eu
usage="usage: renew-hook.sh CHAIN KEY TARGET-CHAIN TARGET-KEY"
chain=${1:?$usage} key=${2:?$usage} target_chain=${3:?$usage} target_key=${4:?$usage}
poolctl=${POOLCTL:-poolctl}

of_chain=$(openssl x509 -in "$chain" -noout -pubkey) && of_key=$(openssl pkey -in "$key" -pubout) ||
    { echo "$chain or $key cannot be read" >&2; exit 1; }
[ "$of_chain" = "$of_key" ] || { echo "$key is not the key of $chain" >&2; exit 1; }

umask 077
cp "$key" "$target_key.$$"
cp "$chain" "$target_chain.$$"
chmod 644 "$target_chain.$$"
mv "$target_key.$$" "$target_key"
mv "$target_chain.$$" "$target_chain"
exec "$poolctl" reload --why "certificate renewed"
