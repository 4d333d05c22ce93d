# Tells the lodge who has logged on to, or off from, this computer. To be run as SYSTEM by two scheduled tasks made by
# group policy: at logon of any user with -Event logon, and on event 4647 of the Security log with -Event logoff.
# Never as the user: who can read the token can sign in anybody at his own address. Keep token.txt readable to SYSTEM
# only.
param(
  [Parameter(Mandatory = $true)][ValidateSet('logon', 'logoff')][string]$Event,
  [string]$Lodge = 'https://gatehouse.college.example:8444',
  [string]$TokenFile = 'C:\ProgramData\Gatehouse\token.txt'
)
$ErrorActionPreference = 'Stop'
$user = (Get-CimInstance Win32_ComputerSystem).UserName   # DOMAIN\login of who sits at the machine
if (-not $user) { exit 0 }
$login = $user.Split('\')[-1]
$token = (Get-Content $TokenFile -Raw).Trim()
Invoke-RestMethod -Method Post -Uri "$Lodge/$Event" -TimeoutSec 10 -ContentType 'application/json' `
  -Headers @{ Authorization = "Bearer $token" } -Body (ConvertTo-Json @{ login = $login })
