# Names the servers whose CMG Health Monitor has given no sign of life. For a scheduled task on the collector.
#
#   .\silent-agents.ps1 -Computers CP1.contoso.com,CP2.contoso.com [-Hours 2]
#
# Event 9000 comes every hour (heartbeat.interval); two hours without one mean that the service, the server or the
# forwarding stands still. Exit code 0: all alive, 2: somebody is silent.
param(
  [Parameter(Mandatory = $true)][string[]]$Computers,
  [double]$Hours = 2
)

$query = @{ LogName = 'ForwardedEvents'; ProviderName = 'CmgHealthMonitor'; Id = 9000; StartTime = (Get-Date).AddHours(-$Hours) }
$alive = @(Get-WinEvent -FilterHashtable $query -ErrorAction SilentlyContinue | ForEach-Object { $_.MachineName.ToLower() } | Sort-Object -Unique)
$silent = @($Computers | Where-Object { $alive -notcontains $_.ToLower() })
foreach ($computer in $silent) {
  Write-Output "SILENT $computer - no event 9000 of CmgHealthMonitor for $Hours hours: are the server, the service and the forwarding running?"
}
if ($silent.Count -gt 0) { exit 2 }
Write-Output "OK - $($Computers.Count) servers alive"
exit 0
