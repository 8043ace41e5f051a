# A provider that does not work is one line of the log when that begins and one
# when it ends. A store's API that does not let us in (401) is told at once, with
# status and host: in the log, in what a job waits for, and by `check`.
# long

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $host = $t->{demo}->url =~ s{^http://}{}r;
sub lines { my ($re) = @_; return grep { $_ =~ $re } split /\n/, $t->log }

# a key that is no good (any more)

my $o = $t->buy(customer => 'ada');
my ($rc, $said) = $t->ctl('check');
like $said, qr/^ok - the store's API lets us in$/m, 'check: the API lets us in';
$t->store_fault(match => 'GET /wp-json/.*', times => 99, status => 401);
$t->accept($o);
ok $t->wait_for('the log', sub { lines(qr/does not let us in/) }), '401: the log says so at the first answer';
like +(lines(qr/does not let us in/))[0], qr{http://\Q$host\E: does not let us in \(the store's API at \Q$host\E said 401.*\), jobs wait}, '  with status and host';
my $job;
ok $t->wait_for('the reason', sub { ($job) = grep { ($_->{why} // '') =~ /401/ } values %{$t->all('jobs')} }), '  so does the job that waits';
like $job->{why}, qr/^the store's API at \Q$host\E said 401/, '  why it does';
like +($t->ctl('order', 'show', $t->{store} . '/' . $t->id($o)))[1], qr/said 401/, '  which `order show` prints';
($rc, $said) = $t->ctl('check');
is $rc, 1, 'check finds it';
like $said, qr/^not ok - the store's API lets us in: the store's API at \Q$host\E said 401.* by https alone$/m, '  and says so';
ok $t->wait_for('tries', sub { ($t->all('jobs')->{$job->{id}}{tries} // 0) >= 7 }), 'however often it is tried';
is scalar(lines(qr/does not let us in|times in a row/)), 1, '  there is one line';
$t->store_fault;
ok $t->wait_for('the discount', sub { $t->decision($o)->{applied} eq 'done' }), 'a good key again';
is scalar(lines(qr{http://\Q$host\E: works again})), 1, '  is one line as well';

# an API that is away

my ($fails) = $t->buy(customer => 'ada');
$t->store_fault(match => 'GET /wp-json/.*', times => 999, status => 502);
$t->accept($_) for $fails;
ok $t->wait_for('the log', sub { lines(qr/times in a row/) }), '502: the log says so';
like +(lines(qr/times in a row/))[0], qr{http://\Q$host\E: failed 5 times in a row \(the store's API at \Q$host\E said 502.*\), jobs wait}, '  with what it said';
($rc, $said) = $t->ctl('check');
unlike $said, qr/^not ok - the store's API/m, 'for check that is no finding';
like $said, qr/^note - the store's API at \Q$host\E said 502/m, '  but told';
$t->store_fault;
ok $t->wait_for('the discount', sub { $t->decision($fails)->{applied} eq 'done' }), 'it is back';
is scalar(lines(qr/times in a row/)), 1, 'one line when it began';
is scalar(lines(qr{http://\Q$host\E: works again})), 2, '  and one when it ended';

# a mail server

my $fault = sub { $t->{sink}->request('POST', '/api/faults', {}, json => {@_}) };
$t->kill_now('worker');     # a connection that stands would be used again
$fault->(at => 'connect', reply => '421 4.3.2 closed for today', times => 1000);
$t->start_worker;
my $again = $t->count('tries.again');
my @asks = map { $t->buy(customer => 'ada') } 1 .. 6;
$t->tell($_, kind => 'scored', score => 1) for @asks;
ok $t->wait_for('the log', sub { lines(qr/times in a row.*closed for today/) }), 'a mail server that is closed: the log says what it said';
ok $t->counted('tries.again', $again + 8), '  and it is tried on';
is scalar(lines(qr/times in a row.*closed for today/)), 1, '  one line';
$t->{sink}->request('DELETE', '/api/faults');
ok scalar $t->mails(6, subject => 'support_score'), 'all go out';
is scalar(lines(qr/^\S+ \[info\] (?!http).*: works again/)), 1, '  one line when it is over';

$t->kill_now('worker');
$t->stop;
done_testing;
