# Mail over STARTTLS with AUTH, and never in the clear when that is required.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

BEGIN {
    eval { require IO::Socket::SSL; 1 }
        or plan skip_all => 'libio-socket-ssl-perl is not installed';
}

my $t = OrderSave::Worker->new;
my ($key, $cert) = ($t->path('key.pem'), $t->path('cert.pem'));

system 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes '
     . '-subj /CN=localhost -addext subjectAltName=DNS:localhost -days 1 '
     . "-keyout $key -out $cert 2>$key.log" and die 'openssl';

$t->start(no_worker => 1, sink => ['--cert', $cert, '--key', $key,
                                   '--smtp-auth', 'shop:let me in']);
my %smtp = (host => 'localhost', port => $t->{sink}->smtp_port,
            starttls => 'required', ca_file => $cert, user => 'shop',
            password_file => $t->write('password', "let me in\n"),
            timeout => '60s', connections => 2);
$t->configure(smtp => \%smtp);
$t->start_worker;

my $o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 1);
my ($mail) = $t->mails(1, subject => 'support_score');
ok $mail, 'a mail arrives';
ok $mail->{tls}, 'over TLS';
is $mail->{user}, 'shop', 'with its user';
$t->kill_now('worker');

$t->write('password', "wrong\n");
$t->start_worker('worker2');
$o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 2);
ok $t->wait_for('a retry', sub { $t->count('tries.again') >= 1 }),
    'a wrong password is tried again later';
is keys %{$t->all('dead')}, 0, 'and kills no mail';
$t->kill_now('worker2');

# the same server and user, and two stores: each with its own password
my %second = (%{decode_json($t->read('campaign.json'))}, store => 'second',
              mail => {from => 'Second <hello@second.test>',
                       support => 'care@second.test'});
$t->write('second.json', encode_json(\%second));
$t->write('password', "let me in\n");
$t->configure(smtp => \%smtp, stores => {
    shop => {campaign => 'campaign.json'},
    second => {campaign => 'second.json', smtp => {
        %smtp, password_file => $t->write('other', "wrong\n")}}});
$t->start_worker('worker3');

# the mail from above goes first, and opens the connections
is scalar(my @late = $t->mails(2, subject => 'support_score')), 2,
    'the right password: the mail goes out';
my $again = $t->count('tries.again');
$t->{store} = 'second';
$o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 1);
ok $t->counted('tries.again', 1), 'another store has its own password';
is scalar(my @none = $t->mails(0, subject => 'support_score')),
    2, 'and sends nothing with the first one\'s';
$t->{store} = 'shop';
is $t->count('tries.again'), $again, 'whose mails are not held up by it';

$t->stop;
done_testing;
