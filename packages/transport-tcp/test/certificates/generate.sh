#!/bin/sh
# Makes the certificates that the tests of TLS use, valid from 2020 to 2120. Run it in this folder; it takes openssl 3.
# Their keys are public: never trust them anywhere.
set -eu
BEGIN=20200101000000Z
END=21200101000000Z
CA=ca-files
mkdir "$CA"

cat > "$CA/config" <<'EOF'
[ca]
default_ca = tests
[tests]
database = ca-files/index
new_certs_dir = ca-files
rand_serial = yes
default_md = sha256
policy = any
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = none
[none]
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[holder]
basicConstraints = CA:FALSE
EOF

request() {
  openssl req -config "$CA/config" -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj "$2" -keyout "$1.key" -out "$CA/$1.csr"
}

sign() {
  name=$1
  shift
  : > "$CA/index"
  openssl ca -config "$CA/config" -batch -notext -in "$CA/$name.csr" -out "$name.pem" "$@"
}

# The file, and the common name.
authority() {
  request "$1" "/O=Coterie tests/CN=$2"
  sign "$1" -selfsign -keyfile "$1.key" -extensions authority -startdate $BEGIN -enddate $END
}

# Who signs, the file, the subject, the subject alternative name or nothing, the last day.
holder() {
  request "$2" "$3"
  cp "$CA/config" "$CA/extensions"
  test -z "$4" || echo "subjectAltName = $4" >> "$CA/extensions"
  sign "$2" -cert "$1.pem" -keyfile "$1.key" -extfile "$CA/extensions" -extensions holder -startdate $BEGIN -enddate "$5"
}

LOCAL="DNS:localhost,DNS:peer.example,IP:127.0.0.1,IP:::1"
authority authority "Authority"
authority stranger-authority "Authority of others"
holder authority peer "/C=CH/O=Coterie, tests/CN=peer" "$LOCAL" $END
holder authority peer-renewed "/O=Coterie tests/CN=peer renewed" "$LOCAL" $END
holder authority elsewhere "/O=Coterie tests/CN=127.0.0.1" "DNS:elsewhere.example" $END
holder authority nameless "/O=Coterie tests/CN=localhost" "" $END
holder authority expired "/O=Coterie tests/CN=expired" "$LOCAL" 20200102000000Z
holder stranger-authority stranger "/O=Others/CN=stranger" "$LOCAL" $END
rm -r "$CA" authority.key stranger-authority.key
