#!/bin/sh
# Apache with mod_oauth2 as a resource server: AuthType oauth2 with the JWK Set
# of the issuer, and Require for iss and aud, which the module leaves to it if it
# is configured with jwks_uri.
. "$(dirname "$0")/apache.sh" <<END
LoadModule oauth2_module modules/mod_oauth2.so
OAuth2TokenVerify jwks_uri $JWKS_URI verify.exp=required&verify.iat=required&verify.iss=skip
<Location />
  AuthType oauth2
  <RequireAll>
    Require oauth2_claim iss:$ISSUER
    Require oauth2_claim aud:$CLIENT_ID
  </RequireAll>
</Location>
END
