use strict; use warnings; use lib 't/lib';
use Test::More; use Time::HiRes qw(sleep time);
use OrderSave::Shim; use OrderSave::Worker;
my $t = OrderSave::Worker->new->start(no_worker => 1);
my $shim = OrderSave::Shim->new($t->{dir});
my $k = 0;
my $start = sub { $shim->under(sub { $t->start_worker("w" . ++$k) }) };
$start->();
my %became;
my $most = 1;
for my $round (0 .. 50) {
    my $o = $t->buy(customer => 'ada');
    $t->settled;
    my $n = $round ? 200 + int rand 800 : 10_000_000;
    $shim->fail('malloc', $n, 'ENOMEM');
    $t->tell($o, kind => 'scored', score => 1);
    $t->accept($o);
    my $end = time + 8; my $st = '';
    while (time < $end) {
        if (waitpid($t->{pids}{"w$k"}, 1) > 0) { $st = $?; delete $t->{pids}{"w$k"}; last }
        last if ($t->decision($o)->{applied} // '') eq 'done' && $t->left(1800) == 0;
        sleep 0.05;
    }
    $most = $shim->tried if !$round;
    diag "most $most" if !$round;
    $shim->fail('none', 0);
    $became{$st eq '' ? ($t->decision($o)->{applied} // '') : "status $st"}++;
    diag sprintf "n %d: %s %s", $n, $st, join ' | ', grep { /^\S*(ordersave|lib).*\(/ } (split /\n/, $t->log("w$k")) if $st ne '' || ($t->decision($o)->{applied} // '') ne 'done';
    $start->() if $st ne '';
}
diag "$_: $became{$_}" for sort keys %became;
$t->stop; done_testing;
