/** What a setting of a provider is called, as `ACME_EMAIL_FIELD`. */
export const settingName = (provider: string, suffix: string): string =>
  `${provider.toUpperCase().replaceAll('-', '_')}_${suffix}`
