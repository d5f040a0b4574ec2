/** A request as openssl writes it, with nothing in it but the subject: `/O=group/CN=name`. */
export function csrOf(subject: string, encoding: 'utf8' | 'bmp'): string {
  const names = subject
    .slice(1)
    .split('/')
    .map((part) => {
      const [attribute = '', ...value] = part.split('=')
      const oid = [0x06, 0x03, 0x55, 0x04, attribute === 'CN' ? 0x03 : 0x0a]
      return tlv(
        0x31,
        tlv(0x30, Buffer.concat([Buffer.from(oid), text(value.join('='), encoding)])),
      )
    })
  const body = tlv(0x30, tlv(0x30, Buffer.concat(names))).toString('base64')
  const lines = body.replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`
}

function text(value: string, encoding: 'utf8' | 'bmp'): Buffer {
  if (encoding === 'utf8') return tlv(0x0c, Buffer.from(value))
  return tlv(0x1e, Buffer.from(value, 'utf16le').swap16())
}

function tlv(tag: number, body: Buffer): Buffer {
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
