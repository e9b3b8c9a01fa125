// An Express service whose middleware is express-jwt, with the keys from
// jwks-rsa, set up as the documentation of both advises. GET / answers the
// subject; everything else is left to the error handler of Express.
import express from 'express'
import { expressjwt } from 'express-jwt'
import jwksRsa from 'jwks-rsa'

const { ISSUER, CLIENT_ID, JWKS_URI, PORT } = process.env
const app = express()
app.use(expressjwt({
  secret: jwksRsa.expressJwtSecret({ jwksUri: JWKS_URI, cache: true, rateLimit: true, jwksRequestsPerMinute: 5 }),
  issuer: ISSUER,
  audience: CLIENT_ID,
  algorithms: ['RS256'],
}))
app.get('/', (request, response) => response.json({ sub: request.auth.sub }))
app.listen(PORT, '127.0.0.1')
