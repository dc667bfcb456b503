/** How the settings of a provider begin: `my-company` makes `MY_COMPANY`. config/ has its own: only its types may be imported here. */
export const settingPrefix = (provider: string): string => provider.toUpperCase().replaceAll('-', '_')

/** What a setting of a provider is called, as `ACME_EMAIL_FIELD`. */
export const settingName = (provider: string, suffix: string): string => `${settingPrefix(provider)}_${suffix}`
