// Asks a running `fenliu serve` who must answer one message.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const [address, text] = process.argv.slice(2)
const { FENLIU_CA: ca, FENLIU_TOKEN: token } = process.env
const proto = fileURLToPath(new URL('../../../proto/fenliu/v1/router.proto', import.meta.url))
const { fenliu } = grpc.loadPackageDefinition(loadSync(proto, { keepCase: true, enums: String, defaults: true }))
const credentials = ca ? grpc.credentials.createSsl(readFileSync(ca)) : grpc.credentials.createInsecure()
const router = new fenliu.v1.Router(address, credentials)
const metadata = new grpc.Metadata()
if (token) metadata.set('authorization', `Bearer ${token}`)

router.Route({ inquiry: { text } }, metadata, { deadline: Date.now() + 5000 }, (error, response) => {
  if (error) {
    console.error(`${grpc.status[error.code]}: ${error.details}`)
    process.exit(1)
  }
  const { tier, group, intents, match } = response.outcome
  console.log(tier, group, intents[0]?.id ?? '-', match)
})
