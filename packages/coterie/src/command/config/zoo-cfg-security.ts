/** What is said of a setting of which nothing more is read: an error, a warning, or nothing. */
export type Judgement = { readonly error: string } | { readonly warning: string } | null;

type Rule = readonly [key: RegExp, judge: (value: string) => Judgement];

const NO_SASL = "SASL is not there: peers prove who they are by the ensemble's secret or by certificates";
const NO_CLIENT_SASL = "SASL is not there, and clients cannot be made to prove who they are; ACLs say who may do what";
const PASSWORD = "a key with a password cannot be read; take it off: openssl pkey -in KEY -out NEW, and remove this";
const HAS_TO_SHOW = "whoever connects over TLS has to show a certificate; only need can be done";
const FOR_ITS_ADDRESS = "a peer's certificate is always checked to be for its address; only true can be done";
const NO_REVOCATION = "revoked certificates cannot be told from others; only false can be done";
const OWN_TLS = "TLS 1.2 and 1.3 are spoken, with Node.js's cipher suites; it has no effect";
const NOT_UNDERSTOOD = "it is not understood, and a setting of security is not passed over";
const NO_FLAG: Judgement = Object.freeze({ error: "it has to be true or false" });
const ONE_PROTOCOL = "a port speaks TLS or plain text, not both; only false can be done";

/**
 * Settings that say who may do what, or how that is proven (operations 4). What cannot be done is an error, since a peer that
 * passed over it would serve those who are to be kept away. Those that `ZooCfg` carries out are not here.
 */
const RULES: readonly Rule[] = [
  [/^quorum\.auth\.(enableSasl|serverRequireSasl|learnerRequireSasl)$/, only("false", NO_SASL)],
  [/^quorum\.auth\.(server\.loginContext|learner\.loginContext|kerberos\.servicePrincipal)$/, () => null],
  [/^sessionRequireClientSASLAuth$/, only("false", NO_CLIENT_SASL)],
  [/^requireClientAuthScheme$/, never(NO_CLIENT_SASL)],
  [/^enforce\.auth\.enabled$/, only("false", "it cannot be done yet; remove it if clients may do without")],
  [/^enforce\.auth\.schemes$/, never("it cannot be done yet; remove it if clients may do without")],
  [/^skipACL$/, oneOf(/^(no|)$/i, "it cannot be done; say no, or remove the ACLs")],
  [/^DigestAuthenticationProvider\.enabled$/, only("true", "digests are always accepted")],
  [/^DigestAuthenticationProvider\.digestAlg$/, oneOf(/^(SHA-?1|)$/i, "digests are made with SHA1")],
  [/^X509AuthenticationProvider\.superUser$|^superUser$/, never("nobody but the superDigest may do everything")],
  [/^IPAuthenticationProvider\.usexforwardedfor$/, only("false", "an IP address is that of the connection")],
  [/^(client\.)?portUnification$/, only("false", ONE_PROTOCOL)],
  [/^(sslQuorumReloadCertFiles|client\.certReload)$/, certificatesReloaded],
  [/^ssl\.(quorum\.)?(keyStore|trustStore)\.type$/, oneOf(/^(PEM|)$/i, "only PEM can be read")],
  [/^ssl\.(quorum\.)?keyStore\.password(Path)?$/, oneOf(/^$/, PASSWORD)],
  [/^ssl\.(quorum\.)?trustStore\.password(Path)?$/, () => null],
  [/^ssl\.(quorum\.)?clientAuth$/, oneOf(/^(need|)$/i, HAS_TO_SHOW)],
  [/^ssl\.quorum\.(clientHostnameVerification|hostnameVerification)$/, only("true", FOR_ITS_ADDRESS)],
  // A server dials no client: it is about those whose configuration this is not.
  [/^ssl\.hostnameVerification$/, (value) => (isFlag(value) ? null : NO_FLAG)],
  [/^ssl\.clientHostnameVerification$/, only("false", "a client's certificate is not checked to be for its address")],
  [/^ssl\.(quorum\.)?(crl|ocsp)$/, only("false", NO_REVOCATION)],
  [/^ssl\.(quorum\.)?(protocol|enabledProtocols|ciphersuites)$/, () => ({ warning: OWN_TLS })],
  [/^ssl\.(quorum\.)?handshakeDetectionTimeoutMillis$|^ssl\.closeSocketAsync$/, () => null],
  [/^ssl\.authProvider$/, oneOf(/^(x509|)$/i, "certificates are those of the scheme x509")],
  [
    /^(ssl|quorum\.auth|enforce\.auth|X509AuthenticationProvider|DigestAuthenticationProvider)\./,
    never(NOT_UNDERSTOOD),
  ],
];

/** Of a key as it stands in zoo.cfg, without the prefix `zookeeper.`; undefined for one that is not about security. */
export function judgeSecurity(key: string, value: string): Judgement | undefined {
  return RULES.find(([pattern]) => pattern.test(key))?.[1](value);
}

/** ZooKeeper's way to read true and false: in any case, and nothing else. */
export function parseFlag(value: string): boolean | null {
  const text = value.toLowerCase();
  return text === "true" ? true : text === "false" ? false : null;
}

function isFlag(value: string): boolean {
  return parseFlag(value) !== null;
}

/** A flag of which one value alone can be done. */
function only(possible: "true" | "false", error: string): Rule[1] {
  return (value) => {
    if (!isFlag(value)) return NO_FLAG;
    return value.toLowerCase() === possible ? null : { error };
  };
}

function oneOf(possible: RegExp, error: string): Rule[1] {
  return (value) => (possible.test(value) ? null : { error });
}

function never(error: string): Rule[1] {
  return () => ({ error });
}

function certificatesReloaded(value: string): Judgement {
  if (!isFlag(value)) return NO_FLAG;
  return value.toLowerCase() === "true"
    ? { warning: "certificates are read at the start, and again at each SIGHUP" }
    : null;
}
